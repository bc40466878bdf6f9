"""A stand-in for the Hub that the real client talks to: repositories of commits, large objects, tags, and faults.

It speaks what huggingface_hub and datasets need without Xet, keeps everything in a folder, notes every request, and
fails when it is told to. Commits are whole trees; whoever holds one of its tokens may write or read.
"""

import base64
import fnmatch
import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

WRITER, READER = "hf_standinwriter", "hf_standinreader"
ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.png filter=lfs diff=lfs merge=lfs -text\n"
LARGE = ("*.parquet", "*.png")


@dataclass
class Fault:
    """What goes wrong with requests that match, ``times`` times, after ``after`` of them went well."""

    method: str
    path: str
    """A regular expression that is searched for."""
    status: int | None = None
    headers: dict = field(default_factory=dict)
    hang: bool = False
    cut: bool = False
    """The connection ends in the middle of the request's body."""
    page: str | None = None
    """What a proxy in front of it says, which is no JSON."""
    lost: bool = False
    """It is done, and the answer gets lost."""
    then: object = None
    """Called first."""
    times: int = 1_000_000
    after: int = 0


class Refused(Exception):
    def __init__(self, status, message, code=None, **more):
        super().__init__(message)
        self.status, self.message, self.code, self.more = status, message, code, more


def git_hash(content):
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


class StandInHub:
    """The server, its address, its faults, and what it was asked: (method, path, status) in ``asked``."""

    def __init__(self, root: Path):
        self.root = Path(root)
        for name in ("repos", "large", "small"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str, int]] = []
        self.authorizations: set[str | None] = set()
        self.lock = threading.RLock()
        self.closing = threading.Event()
        hub = self

        class Handler(Speaker):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def environment(self, home: Path, token: str | None = WRITER) -> dict[str, str]:
        """What the client's process must find set."""
        told = {"HF_ENDPOINT": self.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
        told |= {"HF_DATASETS_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1", "no_proxy": "127.0.0.1"}
        return told | ({"HF_TOKEN": token} if token else {})

    # What a test asks

    def times(self, method: str, path: str, status: int | None = None) -> int:
        return sum(
            one == method and re.search(path, two) is not None and status in (None, three)
            for one, two, three in self.asked
        )

    def files(self, name: str, revision: str = "main") -> dict[str, bytes]:
        """What a reader of a revision finds, by path."""
        tree = self.commit_of(self.repo(name), revision)["tree"]
        return {path: self.content(name, entry) for path, entry in tree.items()}

    def commits(self, name: str) -> list[dict]:
        """From the newest to the first."""
        repo, found = self.repo(name), []
        place = repo["head"]
        while place:
            found.append({"oid": place, **repo["commits"][place]})
            place = repo["commits"][place]["parent"]
        return found

    # What it keeps

    def path(self, name):
        return self.root / "repos" / f"{name.replace('/', '--')}.json"

    def repo(self, name):
        if not self.path(name).exists():
            raise Refused(404, "Repository not found", "RepoNotFound")
        return json.loads(self.path(name).read_text())

    def save(self, name, repo):
        draft = self.path(name).with_suffix(".draft")
        draft.write_text(json.dumps(repo))
        draft.replace(self.path(name))

    def create(self, name, private=True):
        with self.lock:
            if self.path(name).exists():
                raise Refused(409, "You already created this dataset repo", url=f"{self.url}/datasets/{name}")
            repo = {"private": private, "head": None, "commits": {}, "tags": {}}
            self.commit(name, repo, "initial commit", "", {".gitattributes": self.keep(ATTRIBUTES)})

    def add(self, name, files, delete=()):
        """Somebody's own commit, by hand."""
        with self.lock:
            repo = self.repo(name)
            tree = {p: e for p, e in self.commit_of(repo, "main")["tree"].items() if p not in delete}
            self.commit(name, repo, "by hand", "", tree | {path: self.keep(content) for path, content in files.items()})

    def commit(self, name, repo, title, description, tree):
        told = {"parent": repo["head"], "title": title, "description": description, "tree": tree}
        oid = hashlib.sha1(json.dumps([told, uuid.uuid4().hex]).encode()).hexdigest()
        repo["commits"][oid], repo["head"] = told, oid
        self.save(name, repo)
        return oid

    def commit_of(self, repo, revision):
        oid = repo["head"] if revision == "main" else repo["tags"].get(revision, revision)
        if oid not in repo["commits"]:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return {"oid": oid, **repo["commits"][oid]}

    def keep(self, content):
        oid = git_hash(content)
        (self.root / "small" / oid).write_bytes(content)
        return {"oid": oid, "size": len(content)}

    def large(self, name, oid):
        """Where a repository keeps a large object, which it may have before a commit names it."""
        return self.root / "large" / name.replace("/", "--") / oid

    def content(self, name, entry):
        place = self.large(name, entry["lfs"]) if "lfs" in entry else self.root / "small" / entry["oid"]
        return place.read_bytes()

    def fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.method == method and re.search(fault.path, path):
                    if fault.after > 0:
                        fault.after -= 1
                    elif fault.times > 0:
                        fault.times -= 1
                        return fault
        return None


class Speaker(BaseHTTPRequestHandler):
    hub: StandInHub
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the acknowledgement of its head

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.turn()

    do_HEAD = do_POST = do_PUT = do_GET

    def turn(self):
        address = urlsplit(self.path)
        self.where, self.query = unquote(address.path), parse_qs(address.query)
        self.hub.authorizations.add(self.headers.get("Authorization"))
        fault = self.hub.fault(self.command, self.where)
        try:
            if fault and fault.then:
                fault.then()
            if fault and fault.cut:
                self.rfile.read(int(self.headers.get("Content-Length", 2)) // 2)
                return self.hang_up(0)
            self.body = self.read()
            if fault and fault.hang:
                self.hub.closing.wait(60)
                return self.hang_up(0)
            if fault and fault.status:
                raise Refused(fault.status, "told to fail")
            answer = self.answer()
            if fault and fault.lost:
                return self.hang_up(0)
            if answer is not None:
                self.send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})
        except Refused as refused:
            headers = {"Content-Type": "application/json", "X-Error-Message": refused.message}
            headers |= {"X-Error-Code": refused.code} if refused.code else {}
            headers |= fault.headers if fault else {}
            content = json.dumps({"error": refused.message, **refused.more})
            if fault and fault.page:
                content, headers["Content-Type"] = fault.page, "text/html"
            self.send(refused.status, content.encode(), headers)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.hang_up(0)
        return None

    def handle(self):
        try:
            super().handle()
        except OSError:  # whoever asked was killed
            self.close_connection = True

    def hang_up(self, status):
        self.hub.asked.append((self.command, self.where, status))
        self.close_connection = True
        self.connection.close()

    def read(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while length := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return body
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError
        return body

    def send(self, status, content, headers):
        self.hub.asked.append((self.command, self.where, status))
        self.send_response(status)
        for name, value in ({"Content-Length": len(content)} | headers).items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    # Who asks

    def role(self):
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token and token not in (WRITER, READER):
            raise Refused(401, "Invalid credentials in Authorization header")
        return token

    def may(self, name, write=False):
        role = self.role()
        if write and role != WRITER:
            raise Refused(403 if role else 401, f"You don't have the rights to write to {name}")
        if not role and (not self.hub.path(name).exists() or self.hub.repo(name)["private"]):
            raise Refused(401, "Invalid username or password.")
        return self.hub.repo(name)

    # What is answered

    def answer(self):
        for method, pattern, handle in ROADS:
            if self.command in method and (match := re.fullmatch(pattern, self.where)):
                with self.hub.lock:
                    return handle(self, *match.groups())
        raise Refused(404, f"no such page: {self.where}")

    def told(self):
        return json.loads(self.body)

    def whoami(self):
        if not self.role():
            raise Refused(401, "Invalid username or password.")
        return {"name": "somebody", "type": "user", "orgs": [{"name": "org"}]}

    def create(self):
        told = self.told()
        name = f"{told['organization']}/{told['name']}"
        if self.role() != WRITER:
            raise Refused(
                403, f"You don't have the rights to create a dataset under the namespace {told['organization']}"
            )
        self.hub.create(name, told.get("visibility", "public") == "private")
        return {"url": f"{self.hub.url}/datasets/{name}", "name": name}

    def validate(self):
        text = self.told()["content"]
        head = re.match(r"\s*---\r?\n(.*?)\n---", text, re.DOTALL)
        try:
            said = yaml.safe_load(head[1]) if head else {}
        except yaml.YAMLError as error:
            raise Refused(400, f"Invalid YAML: {error}") from error
        if not isinstance(said, dict) or ("license" in said and not isinstance(said["license"], str | list)):
            raise Refused(400, '"license" must be a string')
        return {"warnings": [], "errors": []}

    def info(self, name, revision="main"):
        repo = self.may(name)
        commit = self.hub.commit_of(repo, revision or "main")
        siblings = [{"rfilename": path} for path in sorted(commit["tree"])]
        return {"id": name, "sha": commit["oid"], "private": repo["private"], "siblings": siblings, "tags": []}

    def refs(self, name):
        repo = self.may(name)
        branches = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repo["head"]}]
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid} for tag, oid in repo["tags"].items()]
        return {"branches": branches, "converts": [], "tags": tags}

    def entry(self, path, entry):
        told = {"type": "file", "path": path, "oid": entry["oid"], "size": entry["size"]}
        lfs = {"oid": entry.get("lfs"), "size": entry["size"], "pointerSize": 134}
        return told | ({"lfs": lfs} if "lfs" in entry else {})

    def folder(self, path):
        return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest(), "size": 0}

    def tree(self, name, revision, below):
        tree = self.hub.commit_of(self.may(name), revision)["tree"]
        prefix = f"{below.strip('/')}/" if below else ""
        inside = {path: entry for path, entry in tree.items() if path.startswith(prefix)}
        if prefix and not inside:
            raise Refused(404, f"{below} does not exist", "EntryNotFound")
        deep = self.query.get("recursive", ["false"])[0].lower() == "true"
        folders = set()
        for path in inside:
            steps = path[len(prefix) :].split("/")[:-1]
            folders |= {
                prefix + "/".join(steps[:depth]) for depth in range(1, (len(steps) if deep else bool(steps)) + 1)
            }
        files = [self.entry(path, entry) for path, entry in inside.items() if deep or "/" not in path[len(prefix) :]]
        return [self.folder(path) for path in sorted(folders)] + files

    def paths_info(self, name, revision):
        tree = self.hub.commit_of(self.may(name), revision)["tree"]
        wanted = parse_qs(self.body.decode()).get("paths", [])
        found = [self.entry(path, tree[path]) for path in wanted if path in tree]
        return found + [self.folder(path) for path in wanted if any(other.startswith(f"{path}/") for other in tree)]

    def preupload(self, name, revision):
        tree = self.hub.commit_of(self.may(name, write=True), revision)["tree"]
        ignored = self.hub.content(name, tree[".gitignore"]).decode().split() if ".gitignore" in tree else []
        files = []
        for file in self.told()["files"]:
            path, there = file["path"], tree.get(file["path"], {})
            large = any(fnmatch.fnmatch(path, pattern) for pattern in LARGE) or file["size"] > 10_000_000
            ignore = any(fnmatch.fnmatch(path, pattern) for pattern in ignored)
            known = there.get("lfs", there.get("oid"))
            files.append(
                {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": ignore, "oid": known}
            )
        return {"files": files}

    def batch(self, name):
        self.may(name, write=True)
        objects = []
        for wanted in self.told()["objects"]:
            told = {"oid": wanted["oid"], "size": wanted["size"]}
            if not self.hub.large(name, wanted["oid"]).exists():
                upload = {"href": f"{self.hub.url}/storage/{name}/{wanted['oid']}?signature=s3"}
                told["actions"] = {"upload": upload, "verify": {"href": f"{self.hub.url}/datasets/{name}/verify"}}
            objects.append(told)
        return {"transfer": "basic", "objects": objects}

    def put(self, name, oid):
        if hashlib.sha256(self.body).hexdigest() != oid:
            raise Refused(400, "the content is not what was announced")
        draft = self.hub.large(name, f".{oid}")
        draft.parent.mkdir(exist_ok=True)
        draft.write_bytes(self.body)
        draft.replace(self.hub.large(name, oid))
        return {}

    def verify(self, name):
        self.may(name, write=True)
        file = self.hub.large(name, self.told()["oid"])
        if not file.exists() or file.stat().st_size != self.told()["size"]:
            raise Refused(404, "no such object")
        return {}

    def commit(self, name, revision):
        repo = self.may(name, write=True)
        lines = [json.loads(line) for line in self.body.splitlines()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        if header.get("parentCommit", repo["head"]) != repo["head"]:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        tree = dict(self.hub.commit_of(repo, revision)["tree"])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                tree[value["path"]] = self.hub.keep(base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                if not self.hub.large(name, value["oid"]).exists():
                    raise Refused(400, f"Your push was rejected: no large object for {value['path']}")
                pointer = git_hash(f"oid sha256:{value['oid']}".encode())
                size = self.hub.large(name, value["oid"]).stat().st_size
                tree[value["path"]] = {"oid": pointer, "size": size, "lfs": value["oid"]}
            elif line["key"] == "deletedFile" and tree.pop(value["path"], None) is None:
                raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
        oid = self.hub.commit(name, repo, header["summary"], header["description"], tree)
        return {"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/datasets/{name}/commit/{oid}"}

    def tag(self, name, revision):
        repo = self.may(name, write=True)
        tag = self.told()["tag"]
        if tag in repo["tags"]:
            raise Refused(409, f"Tag {tag} exists already")
        repo["tags"][tag] = self.hub.commit_of(repo, revision)["oid"]
        self.hub.save(name, repo)
        return {}

    def resolve(self, name, revision, path):
        commit = self.hub.commit_of(self.may(name), revision)
        if path not in commit["tree"]:
            raise Refused(404, "Entry not found", "EntryNotFound")
        entry = commit["tree"][path]
        content, status = self.hub.content(name, entry), 200
        headers = {
            "X-Repo-Commit": commit["oid"],
            "ETag": f'"{entry.get("lfs", entry["oid"])}"',
            "Accept-Ranges": "bytes",
        }
        if span := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(span[1]), int(span[2] or len(content) - 1)
            headers["Content-Range"], status = f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}", 206
            content = content[first : last + 1]
        self.send(status, content, headers)


NAME, REVISION = r"([\w.-]+/[\w.-]+)", r"([^/]+)"
ROADS = [
    (("GET",), r"/api/whoami-v2", Speaker.whoami),
    (("POST",), r"/api/repos/create", Speaker.create),
    (("POST",), r"/api/validate-yaml", Speaker.validate),
    (("GET",), rf"/api/datasets/{NAME}(?:/revision/{REVISION})?", Speaker.info),
    (("GET",), rf"/api/datasets/{NAME}/refs", Speaker.refs),
    (("GET",), rf"/api/datasets/{NAME}/tree/{REVISION}((?:/.*)?)", Speaker.tree),
    (("POST",), rf"/api/datasets/{NAME}/paths-info/{REVISION}", Speaker.paths_info),
    (("POST",), rf"/api/datasets/{NAME}/preupload/{REVISION}", Speaker.preupload),
    (("POST",), rf"/datasets/{NAME}\.git/info/lfs/objects/batch", Speaker.batch),
    (("PUT",), rf"/storage/{NAME}/(\w+)", Speaker.put),
    (("POST",), rf"/datasets/{NAME}/verify", Speaker.verify),
    (("POST",), rf"/api/datasets/{NAME}/commit/{REVISION}", Speaker.commit),
    (("POST",), rf"/api/datasets/{NAME}/tag/{REVISION}", Speaker.tag),
    (("GET", "HEAD"), rf"/datasets/{NAME}/resolve/{REVISION}/(.*)", Speaker.resolve),
]
