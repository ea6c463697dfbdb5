"""What tests of the API share."""

TEXT = {"id": "aaaa", "type": "text", "data": {"html": "<p>Alt</p>"}}


def etag(answer) -> str:
    return answer.headers["ETag"]


def ids(answer) -> list[int]:
    return [item["id"] for item in answer.json["items"]]
