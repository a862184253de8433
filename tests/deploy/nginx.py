"""nginx for the tests of `deploy/nginx.conf`: `python -m tests.deploy.nginx [--install]`.

The exit code is 0 if it is found, or was installed with `--install`, else 1.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "deploy" / "nginx.conf"
PATHS: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
PATIENCE_S: Final = 60

# Main configuration that includes the example, as /etc/nginx/nginx.conf does, with all files in one folder.
AROUND: Final = """
{user}
daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/playground.conf;
}}
"""


class NoNginxError(RuntimeError):
    """Error for a machine without nginx, with instructions to install it."""

    def __init__(self) -> None:
        super().__init__("no nginx found: run `python -m tests.deploy.nginx --install`, or install it yourself")


def find() -> str:
    """Path of nginx.

    Raises:
        NoNginxError: nginx is not installed.
    """
    path = shutil.which("nginx", path=PATHS)
    if path is None:
        raise NoNginxError
    return path


def example(port: int, replicas: Sequence[int]) -> str:
    """Example configuration with its ports replaced by a test's, and otherwise unchanged."""
    text = EXAMPLE.read_text("utf-8")
    text, listening = re.subn(r"listen 80;", f"listen 127.0.0.1:{port};", text)
    found = sorted(set(re.findall(r"127\.0\.0\.1:(\d+)", text)) - {str(port)})
    if listening != 1 or len(found) != len(replicas):
        raise ValueError(f"the example has {listening} ports to listen on and {len(found)} replicas")
    for old, new in zip(found, replicas, strict=True):
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    return text


@contextmanager
def running(folder: Path, port: int, replicas: Sequence[int]) -> Iterator[None]:
    """Run nginx with the example configuration in front of these ports, with all its files in `folder`.

    Raises:
        NoNginxError: nginx is not installed.
        RuntimeError: nginx rejects the example; the message has its output.
    """
    configuration = folder / "nginx.conf"
    # nginx started by root would switch to a user who may not write to this folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    configuration.write_text(AROUND.format(folder=folder, user=user), "utf-8")
    (folder / "playground.conf").write_text(example(port, replicas), "utf-8")
    command = [find(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    if tried.returncode or "[warn]" in tried.stderr:
        raise RuntimeError(tried.stderr)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while not (folder / "pid").exists():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "error.log").read_text("utf-8"))
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def install() -> None:
    """Try to install Debian's package if permitted, without starting its service: the tests start nginx themselves."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "nginx-light"]):
        print(" ".join(command), flush=True)
        if subprocess.run(command, env=environment, check=False).returncode:
            return
    subprocess.run(["service", "nginx", "stop"], check=False)


def main() -> int:
    """Find nginx, after installing it if requested; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.nginx")
    parser.add_argument("--install", action="store_true", help="install it where it is not found")
    chosen = parser.parse_args()
    if chosen.install and shutil.which("nginx", path=PATHS) is None:
        install()
    try:
        print(find())
    except NoNginxError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
