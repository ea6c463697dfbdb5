"""Ways by which a batch reaches the accounting system: a folder, an SFTP server, a web address.

Each hands over one file and says nothing back; ``NotDelivered`` where it did not get there whole.
The same file once more changes nothing, another one of the same name is never written over.
"""
