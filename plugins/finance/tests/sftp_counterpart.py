"""An SFTP server of our own, on loopback, that can fail in the ways that servers do."""

import os
import socket
import threading
from pathlib import Path
from typing import Any, Self

import paramiko

USER, PASSWORD = "kasse", "Laterne-41"


class _Login(paramiko.ServerInterface):
    def __init__(self, counterpart: "SftpCounterpart") -> None:
        self._of = counterpart

    def get_allowed_auths(self, _username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        self._of.logins.append(username)
        good = username == USER and password == PASSWORD
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._of.logins.append(username)
        good = username == USER and key == self._of.allowed
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, _kind: str, _chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def __init__(self, counterpart: "SftpCounterpart", path: Path, flags: int) -> None:
        super().__init__(flags)
        self._of = counterpart
        self._file = os.fdopen(
            os.open(path, flags, 0o600), "r+b" if flags & os.O_RDWR else _mode(flags)
        )
        self.readfile = self.writefile = self._file

    def write(self, offset: int, data: bytes) -> int:
        if self._of.breaking:
            # Once: what is still under way on this line must not cut the next one.
            self._of.breaking = False
            self._of.cut()
            return paramiko.SFTP_FAILURE
        if self._of.short and offset:
            return paramiko.SFTP_OK
        return super().write(offset, data)

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._file.fileno()))


def _mode(flags: int) -> str:
    if flags & os.O_RDWR:
        return "r+b"
    return "wb" if flags & os.O_WRONLY else "rb"


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, _server: Any, counterpart: "SftpCounterpart") -> None:
        super().__init__(_server)
        self._of = counterpart

    def _path(self, name: str) -> Path:
        return self._of.root / name.lstrip("/")

    def stat(self, path: str) -> Any:
        if self._of.silent:
            self._of.ended.wait(10)
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, _attr: Any) -> Any:
        if flags & (os.O_WRONLY | os.O_RDWR):
            self._of.opened.append(path.lstrip("/"))
        try:
            return _Handle(self._of, self._path(path), flags)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def remove(self, path: str) -> int:
        self._path(path).unlink()
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        self._path(oldpath).rename(self._path(newpath))
        return paramiko.SFTP_OK


class SftpCounterpart:
    """The server; ``short``, ``breaking`` and ``silent`` are its faults."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.key = paramiko.RSAKey.generate(2048)
        self.allowed: paramiko.PKey | None = None
        self.short = self.breaking = self.silent = False
        self.logins: list[str] = []
        self.opened: list[str] = []
        self.ended = threading.Event()
        self._transports: list[paramiko.Transport] = []
        self._line = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._line.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self.cut()
        self._thread.join()

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                line, _address = self._line.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self)
            self._transports.append(transport)
            try:
                transport.start_server(server=_Login(self))
            # Whoever dislikes our key hangs up at once.
            except (paramiko.SSHException, EOFError, OSError):
                transport.close()

    def cut(self) -> None:
        """End all lines."""
        for one in self._transports:
            one.close()

    def files(self) -> dict[str, bytes]:
        """Return what lies there, but for what is not whole."""
        return {
            one.name: one.read_bytes()
            for one in self.root.iterdir()
            if one.is_file() and not one.name.endswith(".part")
        }
