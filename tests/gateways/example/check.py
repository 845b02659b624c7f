#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the deployable example of gateways/nginx/example.

Usage: check.py --module ngx_http_corsac_module.so --corsac BINARY [--output DIR]
The manifest against Kubernetes' own schemas, its nginx.conf and policies by nginx and corsac, and a
ConfigMap that changes as the kubelet changes it. Ends with "N passed, N failed, N skipped".
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.backend import Backend  # noqa: E402
from support.gateway import Gateway  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "gateways" / "nginx" / "example"
LIBRARIES = ["kubernetes-validate==1.37.0", "PyYAML==6.0.2"]
KUBERNETES = ["1.28", "1.32", "1.36"]
ORIGIN = "https://app.example.com"
OTHER = "https://new.example.com"




def reexec_with_libraries():
    """Runs this script again inside .venv/kubernetes; False if its libraries cannot be had."""
    try:
        import kubernetes_validate  # noqa: F401
        import yaml  # noqa: F401
        return True
    except ImportError:
        pass
    if os.environ.get("CORSAC_EXAMPLE_INNER"):
        return False
    home = ROOT / ".venv" / "kubernetes"
    python = home / "bin" / "python"
    try:
        if not (home / "complete").exists():
            venv.EnvBuilder(with_pip=True, clear=True).create(home)
            subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
                            *LIBRARIES], check=True, timeout=240, stdout=sys.stderr)
            (home / "complete").write_text("ok\n")
    except (subprocess.SubprocessError, OSError):
        return False
    os.environ["CORSAC_EXAMPLE_INNER"] = "1"
    os.execv(str(python), [str(python), *sys.argv])


def manifest():
    import yaml
    return list(yaml.safe_load_all((EXAMPLE / "kubernetes.yaml").read_text()))


def config_map(name):
    return next(one["data"] for one in manifest()
                if one["kind"] == "ConfigMap" and one["metadata"]["name"] == name)


class Checks:
    """The checks, one method each, in the order they are printed."""

    def __init__(self, options, home):
        self.options, self.home = options, home

    def manifest_follows_the_schemas(self):
        import kubernetes_validate
        for document in manifest():
            for version in KUBERNETES:
                kubernetes_validate.validate(document, version, strict=True)

    def names_in_the_manifest_agree(self):
        documents = {(one["kind"], one["metadata"]["name"]): one for one in manifest()}
        pod = documents["Deployment", "corsac-nginx"]["spec"]["template"]
        service = documents["Service", "corsac-nginx"]["spec"]
        assert service["selector"].items() <= pod["metadata"]["labels"].items()
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        container = pod["spec"]["containers"][0]
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert not any("subPath" in mount for mount in container["volumeMounts"])
        for volume in pod["spec"]["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in documents
        ports = {port["name"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["ports"]} <= ports

    def policies_compile_without_a_finding(self):
        folder = self.home / "manifest-policies"
        folder.mkdir()
        for name, text in config_map("corsac-policies").items():
            (folder / name).write_text(text)
        for source in [folder, EXAMPLE / "policies"]:
            done = subprocess.run([self.options.corsac, "check", source], capture_output=True, text=True)
            assert done.returncode == 0 and "0 errors, 0 warnings" in done.stdout + done.stderr, done

    def nginx_accepts_the_configuration(self):
        text = config_map("corsac-nginx")["nginx.conf"]
        state = self.home / "state"
        state.mkdir()
        for old, new in [("modules/ngx_http_corsac_module.so", str(self.options.module.resolve())),
                         ("/etc/corsac/policies", str(self.home / "manifest-policies")),
                         ("/run/nginx", str(state)),
                         ("kube-dns.kube-system.svc.cluster.local", "127.0.0.1")]:
            assert old in text, f"{old} is gone from the manifest"
            text = text.replace(old, new)
        path = self.home / "manifest.conf"
        path.write_text(text)
        done = subprocess.run(["nginx", "-t", "-p", str(state), "-e", "stderr", "-c", str(path)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def container_image_gets_the_module(self):
        """Nobody builds the image here: the package that it installs is made, and holds what the manifest loads."""
        text = (EXAMPLE / "Dockerfile").read_text()
        target, = re.findall(r"--target (\S+)", text)
        assert f"add_custom_target({target}\n" in (EXAMPLE.parent / "CMakeLists.txt").read_text()
        done = subprocess.run([EXAMPLE.parent / "package.sh", self.options.module.resolve(), "0.0.1", self.home],
                              capture_output=True, text=True, check=True)
        package = Path(done.stdout.strip())
        for pattern in [re.search(r"COPY --from=build /src/build/image/(\S+)", text)[1], re.search(r"install -y .* /tmp/(\S+)", text)[1]]:
            assert package.match(pattern), f"{package.name} is not {pattern}"
        files = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
        module = re.search(r"load_module modules/(\S+);", config_map("corsac-nginx")["nginx.conf"])[1]
        assert f"./usr/lib/nginx/modules/{module}" in files, files
        libraries = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True).stdout
        assert all(name in libraries for name in ("libyaml-0-2", "libsodium23")), libraries

    def local_run_is_accepted_by_nginx(self):
        text = (EXAMPLE / "nginx.conf.in").read_text()
        for mark, value in [("@MODULE@", self.options.module.resolve()), ("@HERE@", EXAMPLE),
                            ("@STATE@", self.home)]:
            text = text.replace(mark, str(value))
        path = self.home / "local.conf"
        path.write_text(text)
        done = subprocess.run(["nginx", "-t", "-p", str(self.home), "-e", "stderr", "-c", str(path)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def a_changed_config_map_is_followed(self):
        """The kubelet's way: a new folder, then ..data is renamed over the old link."""
        home = self.home / "kubelet"
        backend = Backend()
        gateway = Gateway(home, self.options.module.resolve(), EXAMPLE / "frontend", backend.port)
        data = config_map("corsac-policies")
        project(gateway.policies, data, 1)
        with gateway:
            path = "/details/0"
            assert gateway.allows(ORIGIN, path) == [ORIGIN], gateway.errors()
            changed = {name: text.replace(ORIGIN, OTHER) for name, text in data.items()}
            project(gateway.policies, changed, 2)
            assert gateway.wait_until(lambda: gateway.allows(OTHER, path) == [OTHER]), gateway.errors()
            assert gateway.allows(ORIGIN, path) is None
        backend.close()


def project(folder, data, revision):
    """Lays out a volume as the kubelet does, with this revision's files."""
    target = folder / f"..{revision:04}"
    target.mkdir()
    for name, text in data.items():
        (target / name).write_text(text)
    link = folder / "..data_tmp"
    link.symlink_to(target.name)
    link.rename(folder / "..data")
    for name in data:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    for old in folder.glob("..[0-9]*"):
        if old != target:
            shutil.rmtree(old)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", required=True, type=Path)
    parser.add_argument("--corsac", required=True)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    names = [name for name, value in vars(Checks).items() if callable(value) and name[0] != "_"]
    if not reexec_with_libraries():
        print(f"skipped: {', '.join(LIBRARIES)} cannot be installed")
        print(f"0 passed, 0 failed, {len(names)} skipped")
        return 77
    home = (options.output or Path(tempfile.mkdtemp(prefix="corsac-example-"))).resolve()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    checks, failed = Checks(options, home), 0
    for name in names:
        try:
            getattr(checks, name)()
            print(f"ok      {name}")
        except Exception as error:  # a check may fail in any way; all of them are run
            print(f"FAILED  {name}: {re.sub(chr(10), ' ', str(error))[:1500] or repr(error)}")
            failed += 1
    print(f"{len(names) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
