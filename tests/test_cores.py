"""Cores that this process may use: affinity and the quotas of control groups, in made-up files of /proc and /sys."""

import os
from pathlib import Path

import pytest

from hw1.machine import cores as module
from hw1.machine.cores import cores
from hw1.machine.devices import CPU
from hw1.machine.environment import facts

V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "33 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct"
MEMORY = "34 32 0:30 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory"
DISK = "25 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw"


@pytest.fixture(autouse=True)
def eight(monkeypatch):
    """A machine with eight cores."""
    monkeypatch.setattr(module, "_by_affinity", lambda: 8)
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)


@pytest.fixture
def machine(tmp_path):
    """Its files: groups and mounts of this process, and what stands in other files."""

    def make(groups, mounts, files):
        written = {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts, **files}
        for name, text in written.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("max 100000", 8),
        ("100000 100000", 1),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("50000 10000", 5),
        ("6400000 100000", 8),
        ("0 100000", 8),
        ("", 8),
        ("nonsense", 8),
    ],
)
def test_a_quota_of_version_2_is_rounded_up_and_at_least_one(machine, text, seen):
    assert cores(machine("0::/", f"{DISK}\n{V2}", {"sys/fs/cgroup/cpu.max": text})) == seen


@pytest.mark.parametrize(("quota", "seen"), [("-1", 8), ("100000", 1), ("250000", 3)])
def test_a_quota_of_version_1(machine, quota, seen):
    group = "sys/fs/cgroup/cpu,cpuacct/job"
    files = {f"{group}/cpu.cfs_quota_us": quota, f"{group}/cpu.cfs_period_us": "100000"}
    assert cores(machine("4:memory:/other\n3:cpu,cpuacct:/job\n0::/", f"{MEMORY}\n{V1}", files)) == seen


def test_the_least_of_a_group_and_those_above_it_counts(machine):
    files = {
        "sys/fs/cgroup/batch.slice/cpu.max": "300000 100000",
        "sys/fs/cgroup/batch.slice/job.scope/cpu.max": "max 100000",
        "sys/fs/cgroup/batch.slice/other.scope/cpu.max": "100000 100000",
    }
    assert cores(machine("0::/batch.slice/job.scope/step", V2, files)) == 3


@pytest.mark.parametrize("group", ["/docker/abc", "/docker/abc/inner", "/docker/other", "/../../abc"])
def test_in_a_container_the_mount_shows_its_own_group_on_top(machine, group):
    mount = V1.replace(" / /sys", " /docker/abc /sys")
    folder = "sys/fs/cgroup/cpu,cpuacct"
    files = {f"{folder}/cpu.cfs_quota_us": "200000", f"{folder}/cpu.cfs_period_us": "100000"}
    assert cores(machine(f"3:cpu,cpuacct:{group}", mount, files)) == 2


def test_with_both_versions_the_controller_is_where_it_is_mounted(machine):
    mounts = "\n".join([V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"), V1])
    folder = "sys/fs/cgroup/cpu,cpuacct"
    files = {f"{folder}/cpu.cfs_quota_us": "400000", f"{folder}/cpu.cfs_period_us": "100000"}
    assert cores(machine("3:cpu,cpuacct:/\n0::/", mounts, files)) == 4


def test_a_mount_with_a_blank_in_its_name(machine):
    mount = V2.replace("/sys/fs/cgroup", "/sys/fs/c\\040group")
    assert cores(machine("0::/", mount, {"sys/fs/c group/cpu.max": "200000 100000"})) == 2


@pytest.mark.parametrize(("written", "name"), [("\\011", "\t"), ("\\134", "\\"), ("\\043", "#"), ("\\012", "\n")])
def test_a_mount_with_another_sign_that_the_kernel_writes_in_octal(machine, written, name):
    mount = V2.replace("/sys/fs/cgroup", f"/sys/fs/c{written}group")
    assert cores(machine("0::/", mount, {f"sys/fs/c{name}group/cpu.max": "200000 100000"})) == 2


@pytest.mark.parametrize(("words", "seen"), [("2", 2), ("0", 1), ("100", 8), ("", 8), ("-1", 8), ("two", 8), ("²", 8)])
def test_the_variable_by_which_joblib_is_limited_counts(tmp_path, monkeypatch, words, seen):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", words)
    assert cores(tmp_path) == seen


@pytest.mark.parametrize(("groups", "mounts"), [("", ""), ("0::/", "no - mount"), ("rubbish", V2), ("0::/", "1 2 -")])
def test_files_that_say_nothing_limit_nothing(machine, groups, mounts):
    assert cores(machine(groups, mounts, {})) == 8


def test_where_there_is_no_proc_affinity_counts(tmp_path):
    assert cores(tmp_path) == 8


def test_affinity_below_the_quota_counts(machine, monkeypatch):
    monkeypatch.setattr(module, "_by_affinity", lambda: 2)
    assert cores(machine("0::/", V2, {"sys/fs/cgroup/cpu.max": "300000 100000"})) == 2


def test_processes_and_facts_follow(machine, monkeypatch):
    root = machine("0::/", V2, {"sys/fs/cgroup/cpu.max": "300000 100000"})
    for name in ("devices", "environment"):
        monkeypatch.setattr(f"hw1.machine.{name}.cores", lambda: cores(root))
    assert CPU.jobs == facts()["cores"] == 3


def test_affinity_is_what_the_system_says(monkeypatch):
    monkeypatch.undo()
    assert cores(Path("/nowhere")) == (getattr(os, "process_cpu_count", None) or _allowed)()


def _allowed():
    return len(os.sched_getaffinity(0))
