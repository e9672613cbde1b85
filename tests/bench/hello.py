"""The framework's own limit: one route that says hello, served as the product is."""

import sys

import uvicorn
from litestar import Litestar, get


@get("/")
async def say_hello() -> dict[str, str]:
    """Answer."""
    return {"hello": "world"}


if __name__ == "__main__":
    uvicorn.run(
        Litestar([say_hello], logging_config=None, openapi_config=None),
        port=int(sys.argv[1]), loop="uvloop", http="httptools", log_config=None,
        access_log=False, server_header=False,
    )  # fmt: skip
