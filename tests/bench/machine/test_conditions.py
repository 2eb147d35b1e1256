"""Each check of a machine, fine, doubtful and unknown, on a fake /proc and /sys."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pyperf
import pytest

from bench.machine.cgroup import available_bytes
from bench.machine.changes import changed
from bench.machine.checks import CHECKS, before
from bench.machine.condition import Condition, State, as_metadata, lines, said_before
from bench.machine.cpus import choose_cpus
from bench.machine.files import MachineFiles, Usage, as_cpus
from bench.machine.sample import Sample, sample
from bench.machine.survey import SURVEY_S

Files = dict[str, str | None]  # path: text, or None for no such file
Case = tuple[str, Files, Files, State, str]

CPUS = (0, 1)
CPU = "sys/devices/system/cpu"
CGROUP = "sys/fs/cgroup"
OURS = os.getpid()
TASKS = (f"proc/{OURS}", "proc/77")
OWN = Usage(10.3, 7)  # CPU 0 for ten seconds, after 0.3 s at the start
ASLR = "proc/sys/kernel/randomize_va_space"
STATUS = "Cpus_allowed_list:\t0-3\nSpeculation_Store_Bypass:\tthread vulnerable\n"
FINE, DOUBTFUL, UNKNOWN = State.FINE, State.DOUBTFUL, State.UNKNOWN


@pytest.fixture(autouse=True)
def _real_proc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give psutil the real /proc back after a survey of a fake one."""
    monkeypatch.setattr(psutil, "PROCFS_PATH", psutil.PROCFS_PATH)
    yield
    psutil.process_iter.cache_clear()


def stat(*cpus: str) -> str:
    """/proc/stat: user nice system idle iowait irq softirq steal guest guest_nice."""
    return "cpu  1 2 3\n" + "".join(f"cpu{number} {cpu} 0 0\n" for number, cpu in enumerate(cpus))


def task(pid: int, name: str, ticks: int) -> str:
    """/proc/PID/stat of a process that took ``ticks``, half of them in the system."""
    user, system = ticks - ticks // 2, ticks // 2
    return f"{pid} ({name}) R {'0 ' * 10}{user} {system} {'0 ' * 37}\n"


IDLE = "1000 0 500 90100 50 3 2 0"  # a second later
IDLE_AT_FIRST = stat(*["1000 0 500 90000 50 3 2 0"] * 4)
IDLE_LATER = stat(*[IDLE] * 4)


def quiet() -> Files:
    """A machine of two cores of two threads each that gives no reason for doubt."""
    files: Files = {
        "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme tsc\n",
        "proc/meminfo": "MemTotal:       16000000 kB\nMemAvailable:    8388608 kB\n",
        "proc/stat": IDLE_AT_FIRST,
        "proc/vmstat": "nr_free_pages 5\npswpin 10\npswpout 20\n",
        "proc/77/stat": task(77, "make) it (hard", 500),
        f"proc/{OURS}/stat": task(OURS, "python", 30),
        "proc/self/cgroup": "0::/user.slice\n",
        "proc/self/personality": "00000000\n",
        "proc/self/status": STATUS,
        ASLR: "2\n",
        f"{CGROUP}/cgroup.controllers": "cpuset cpu io memory\n",
        f"{CGROUP}/user.slice/cpu.stat": "usage_usec 9\nnr_throttled 0\n",
        f"{CPU}/intel_pstate/no_turbo": "1\n",
    }
    for cpu in range(4):
        here = f"{CPU}/cpu{cpu}"
        files[f"{here}/topology/thread_siblings_list"] = f"{cpu % 2},{cpu % 2 + 2}\n"
        files[f"{here}/cpufreq/scaling_governor"] = "performance\n"
        files[f"{here}/cpufreq/scaling_cur_freq"] = "2600000\n"
        files[f"{here}/cpufreq/scaling_max_freq"] = "3100000\n"
        files[f"{here}/cpufreq/cpuinfo_max_freq"] = "3100000\n"
        files[f"{here}/thermal_throttle/core_throttle_count"] = "3\n"
    return files


def bypass(found: str) -> Files:
    """/proc/self/status with this state of store bypass."""
    return {"proc/self/status": STATUS.replace("thread vulnerable", found)}


def every_cpu(path: str, text: str | None) -> Files:
    """The same file of both workers' CPUs."""
    return {f"{CPU}/cpu{cpu}/{path}": text for cpu in CPUS}


def lay(root: Path, files: Files) -> None:
    """Make the fake files be as given; others stay."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if text is not None:
            place.write_text(text)


def machine(root: Path, files: Files, later: Files | None = None) -> MachineFiles:
    """A machine of fake files, some of which change while a survey waits."""
    lay(root, files)
    wait = {SURVEY_S: lambda: lay(root, later or {})}  # any other time is a KeyError
    return MachineFiles(root, lambda seconds: wait[seconds](), lambda: Usage(0.3, 7))


def surveyed(root: Path, files: Files, later: Files | None = None) -> dict[str, Condition]:
    """The conditions of a quiet machine with some files as given, by name."""
    fake = machine(root, quiet() | files, {"proc/stat": IDLE_LATER, **(later or {})})
    return {condition.name: condition for condition in before(fake, CPUS)}


def busy(*cpus: int) -> Files:
    """/proc/stat after a second in which some CPUs worked 30 ticks of 100."""
    work = "1030 0 500 90070 50 3 2 0"
    return {"proc/stat": stat(*(work if cpu in cpus else IDLE for cpu in range(4)))}


VIRTUAL: Files = {"proc/cpuinfo": "flags : fpu hypervisor\n"}
ALONE = every_cpu("topology/thread_siblings_list", None) | {
    f"{CPU}/cpu0/topology/thread_siblings_list": "0\n",
    f"{CPU}/cpu1/topology/thread_siblings_list": "1\n",
}
STOLEN: Files = {"proc/stat": stat(*["1000 0 500 90099 50 3 2 1"] * 4)}
GROUP = f"{CGROUP}/user.slice"


def limited(most: str, taken: str, cache: str = "0") -> Files:
    """A memory limit on our group, in bytes: allowed, taken, and of that reclaimable."""
    return {
        f"{GROUP}/memory.max": most,
        f"{GROUP}/memory.current": taken,
        f"{GROUP}/memory.stat": f"anon 1\ninactive_file {cache}\n",
    }


# name, files that differ, files that change during the survey, state, words that must be there
CASES: list[Case] = [
    ("other_load", {}, {}, FINE, "0.0 % of CPU 0, 0.0 % of CPU 1"),
    ("other_load", {}, busy(1), DOUBTFUL, "0.0 % of CPU 0, 30.0 % of CPU 1; end or pause"),
    ("other_load", {}, busy(2), FINE, "0.0 %"),
    (
        "other_load",
        {},
        {
            **busy(1),
            "proc/77/stat": task(77, "make) it (hard", 530),
            f"proc/{OURS}/stat": task(OURS, "python", 90),  # ourselves: never to blame
        },
        DOUBTFUL,
        "the busiest is make) it (hard (pid 77)",
    ),
    ("other_load", {}, {"proc/stat": stat(IDLE)}, UNKNOWN, "/proc/stat"),
    ("steal", {}, {}, FINE, "0.0 % of the worst CPU"),
    ("steal", {}, STOLEN, DOUBTFUL, "1.0 % of the worst CPU; other guests"),
    ("steal", VIRTUAL, {}, UNKNOWN, "none since boot: this hypervisor may hide it"),
    (
        "steal",
        VIRTUAL | STOLEN,
        {"proc/stat": stat(*["1000 0 500 90199 50 3 2 1"] * 4)},
        FINE,
        "0.0 %",
    ),
    ("steal", {"proc/stat": None}, {"proc/stat": None}, UNKNOWN, "/proc/stat"),
    ("smt_sibling", {}, {}, FINE, "idle: 0.0 % of CPU 2, 0.0 % of CPU 3, on our cores; watched"),
    (
        "smt_sibling",
        {},
        busy(3),
        DOUBTFUL,
        "30.0 % of CPU 3, on our cores; end what runs there, or echo off",
    ),
    ("smt_sibling", {}, {"proc/stat": stat(IDLE, IDLE)}, UNKNOWN, "CPUs 2, 3 share our cores"),
    ("smt_sibling", ALONE, {}, FINE, "no other thread"),
    ("smt_sibling", {**ALONE, **VIRTUAL}, {}, UNKNOWN, "a hypervisor may hide them"),
    (
        "smt_sibling",
        every_cpu("topology/thread_siblings_list", "0-1"),
        {},
        DOUBTFUL,
        "workers' CPUs 0, 1 share a core",
    ),
    ("smt_sibling", every_cpu("topology/thread_siblings_list", None), {}, UNKNOWN, "lscpu"),
    ("memory", {}, {}, FINE, "8.0 GiB available, 0 pages"),
    ("memory", {"proc/meminfo": "MemAvailable: 900000 kB"}, {}, DOUBTFUL, "0.9 GiB available"),
    ("memory", {}, {"proc/vmstat": "pswpin 10\npswpout 520"}, DOUBTFUL, "500 pages swapped"),
    ("memory", {"proc/vmstat": "nr_free_pages 5"}, {"proc/vmstat": "x 1"}, FINE, "0 pages"),
    ("memory", {"proc/meminfo": None}, {}, UNKNOWN, "/proc/meminfo"),
    ("memory", {}, {"proc/vmstat": None}, UNKNOWN, "/proc/vmstat"),
    ("memory", limited("268435456", "1048576"), {}, DOUBTFUL, "0.2 GiB available"),
    ("memory", limited("2147483648", "1048576"), {}, FINE, "2.0 GiB available"),
    ("memory", limited("2147483648", "2147483648"), {}, DOUBTFUL, "0.0 GiB available"),
    ("memory", limited("2147483648", "2147483648", "2147483648"), {}, FINE, "2.0 GiB available"),
    ("memory", limited("max", "1048576"), {}, FINE, "8.0 GiB available"),
    ("memory", limited("a lot", "1048576"), {}, UNKNOWN, "see free and vmstat"),
    ("memory", {f"{GROUP}/memory.max": "2147483648"}, {}, UNKNOWN, "see free and vmstat"),
    (
        "memory",
        limited("max", "1048576") | {f"{GROUP}/memory.high": "536870912"},
        {},
        DOUBTFUL,
        "0.5 GiB available",
    ),
    (
        "memory",
        {f"{CGROUP}/memory.max": "268435456", f"{CGROUP}/memory.current": "0"},
        {},
        DOUBTFUL,
        "0.2 GiB available",
    ),
    ("clock", {}, {}, FINE, "2.60 GHz on CPU 0, 2.60 GHz on CPU 1"),
    ("clock", every_cpu("cpufreq/scaling_cur_freq", None), {}, UNKNOWN, "cannot be seen"),
    (
        "clock",
        {f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave"},
        {},
        DOUBTFUL,
        "may change: governor powersave; turns alternate, so ratios hold; for stable times: sudo",
    ),
    ("clock", {f"{CPU}/intel_pstate/no_turbo": "0"}, {}, DOUBTFUL, "echo 1 | sudo tee /sys/"),
    (
        "clock",
        {f"{CPU}/intel_pstate/no_turbo": None, f"{CPU}/cpufreq/boost": "1"},
        {},
        DOUBTFUL,
        "for stable times: echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
    ),
    ("clock", {f"{CPU}/intel_pstate/no_turbo": None, f"{CPU}/cpufreq/boost": "0"}, {}, FINE, "2."),
    (
        "clock",
        {f"{CPU}/cpu1/cpufreq/scaling_max_freq": "2000000"},
        {},
        DOUBTFUL,
        "capped at 2.00 GHz of 3.10 GHz; turns alternate, so ratios hold; for stable times: sudo",
    ),
    ("virtual_machine", {}, {}, FINE, "no"),
    ("virtual_machine", VIRTUAL, {}, FINE, "yes; the effect of other guests"),
    ("virtual_machine", {"proc/cpuinfo": "Features : fp"}, {}, UNKNOWN, "systemd-detect-virt"),
    (
        "virtual_machine",
        {"proc/cpuinfo": "Features : fp", "proc/device-tree/hypervisor/compatible": "linux,kvm"},
        {},
        FINE,
        "yes",
    ),
    ("cpus", {}, {}, FINE, "workers use 2 of 4"),
    ("cpus", {"proc/self/status": "Cpus_allowed_list: 0-1"}, {}, FINE, "none is spare"),
    ("cpus", {"proc/self/status": None}, {}, UNKNOWN, "nproc"),
    ("cpu_quota", {}, {}, FINE, "none"),
    ("cpu_quota", {f"{CGROUP}/user.slice/cpu.max": "max 100000"}, {}, FINE, "none"),
    ("cpu_quota", {f"{CGROUP}/user.slice/cpu.max": "300000 100000"}, {}, FINE, "3.00 CPUs"),
    ("cpu_quota", {f"{CGROUP}/user.slice/cpu.max": "150000 100000"}, {}, DOUBTFUL, "1.50 CPUs"),
    ("cpu_quota", {f"{CGROUP}/cpu.max": "150000 100000"}, {}, DOUBTFUL, "--cpuset-cpus"),
    ("cpu_quota", {f"{CGROUP}/cpu.max": "a lot"}, {}, UNKNOWN, "no cgroup"),
    ("cpu_quota", {f"{CGROUP}/cgroup.controllers": "memory"}, {}, UNKNOWN, "no cgroup"),
    ("cpu_quota", {"proc/self/cgroup": None}, {}, UNKNOWN, "no cgroup"),
    ("aslr", {}, {}, FINE, "on (2)"),
    ("aslr", {ASLR: "0"}, {}, DOUBTFUL, "intervals are too narrow: sudo sysctl"),
    ("aslr", {"proc/self/personality": "00040000"}, {}, DOUBTFUL, "off for this process"),
    ("aslr", {"proc/self/personality": None}, {}, UNKNOWN, "personality"),
    ("aslr", {ASLR: None}, {}, UNKNOWN, "randomize_va_space"),
    ("store_bypass", {}, {}, FINE, "thread vulnerable"),
    ("store_bypass", bypass("not vulnerable"), {}, FINE, "not vulnerable"),
    ("store_bypass", bypass("thread force mitigated"), {}, DOUBTFUL, "seccomp=unconfined"),
    ("store_bypass", bypass("unknown"), {}, UNKNOWN, "nothing in /proc/self/status"),
    ("store_bypass", {"proc/self/status": None}, {}, UNKNOWN, "nothing in /proc/self/status"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3].value}")
def test_each_check_is_fine_doubtful_or_unknown(tmp_path: Path, case: Case) -> None:
    """The state follows from the files, and the words name the fact and the remedy."""
    name, files, later, state, says = case
    condition = surveyed(tmp_path, files, later)[name]
    assert (condition.state, says in condition.text) == (state, True), condition.text


def test_a_quiet_machine_is_fine_in_everything(tmp_path: Path) -> None:
    """Nothing is doubted that gives no reason to."""
    assert {one.text for one in surveyed(tmp_path, {}).values() if one.state is not FINE} == set()


def test_a_machine_that_says_nothing_is_unknown_in_everything(tmp_path: Path) -> None:
    """What cannot be read is unknown, never fine; and there is advice for it."""
    silent = before(MachineFiles(tmp_path, lambda _: None), CPUS)
    assert {condition.state for condition in silent} == {UNKNOWN}
    assert all(condition.advice for condition in silent)


def test_a_machine_that_talks_nonsense_is_never_fine(tmp_path: Path) -> None:
    """A file that does not hold what it should is no evidence of anything."""
    files = [path for path in quiet() if path.rpartition("/")[0] not in TASKS]
    fake = machine(tmp_path, quiet() | dict.fromkeys(files, "nonsense\n"))
    assert [one.text for one in before(fake, CPUS) if one.state is FINE] == []


def test_every_check_is_tested_in_all_its_states(tmp_path: Path) -> None:
    """A new check needs its cases; one only informs, and is never in doubt."""
    names = [condition.name for condition in surveyed(tmp_path, {}).values()]
    seen = {(name, state) for name, _, _, state, _ in CASES}
    elsewhere = {("cpus", DOUBTFUL), ("virtual_machine", DOUBTFUL)}
    assert names == list(CHECKS)
    assert seen | elsewhere == {(name, state) for name in names for state in State}


def test_a_single_worker_is_doubtful(tmp_path: Path) -> None:
    """One worker instead of two makes a run less precise, and that is said."""
    found = {one.name: one for one in before(machine(tmp_path, quiet()), (0,))}["cpus"]
    assert found.state is DOUBTFUL
    assert "allow two CPUs" in found.advice


def worked(root: Path, later: Files, own: Usage = OWN) -> tuple[Sample, Sample]:
    """Samples around ten seconds in which CPU 0 was all this process's own."""
    ours = {"proc/stat": stat("2000 0 500 90000 50 3 2 0", *["1000 0 500 91000 50 3 2 0"] * 3)}
    fake = machine(root, quiet())
    first = sample(fake, (0,))
    lay(root, {**ours, **later})
    return first, sample(replace(fake, usage=lambda: own), (0,))


def test_a_quiet_run_gives_no_reason_for_doubt(tmp_path: Path) -> None:
    """The worker's own time is not held against it."""
    assert changed(*worked(tmp_path, {})) == ()


@pytest.mark.parametrize(
    ("later", "own", "says"),
    [
        (
            {"proc/stat": stat("1988 0 500 90000 50 3 2 12", *["0 0 0 0 0 0 0 0"] * 3)},
            OWN,
            "steal time 1.2 % on CPU 0",
        ),
        (
            {"proc/stat": stat("1700 0 500 90000 50 3 2 300", *["0 0 0 0 0 0 0 0"] * 3)},
            Usage(7.3, 7),  # stolen time is nobody's work
            "steal time 30.0 % on CPU 0",
        ),
        ({}, Usage(9.5, 7), "others took 8.0 % of CPU 0"),
        (
            {
                "proc/stat": stat(
                    "2000 0 500 90000 50 3 2 0",
                    "1000 0 500 91000 50 3 2 0",
                    "1250 0 500 90750 50 3 2 0",
                )
            },
            OWN,
            "CPU 2, on the same core, was busy 25.0 % of the time",
        ),
        (
            {f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "3100000"},
            OWN,
            "clock of CPU 0 changed from 2.60 to 3.10 GHz",
        ),
        (
            {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "5"},
            OWN,
            "CPU 0 was slowed for heat, 2 times",
        ),
        ({}, Usage(10.3, 2007), "had to give way to others 200 times a second"),
        (
            {f"{CGROUP}/user.slice/cpu.stat": "nr_throttled 4"},
            OWN,
            "a CPU quota stopped us 4 times",
        ),
        ({"proc/vmstat": "pswpin 310\npswpout 20"}, OWN, "the system swapped 300 pages"),
        ({"proc/stat": stat()}, OWN, "CPU 0 went offline"),
    ],
)
def test_what_changed_during_a_run_is_a_reason_for_doubt(
    tmp_path: Path, later: Files, own: Usage, says: str
) -> None:
    """Each reason is named with its amount, and brings no other with it."""
    assert changed(*worked(tmp_path, later, own)) == (says,)


def test_small_changes_are_no_reason_for_doubt(tmp_path: Path) -> None:
    """What every machine shows all of the time stays below the bounds."""
    later: Files = {
        "proc/stat": stat("1996 0 500 90000 50 3 2 4", *["1010 0 500 90990 50 3 2 0"] * 3),
        f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "2650000",
        "proc/vmstat": "pswpin 110\npswpout 20",
    }
    assert changed(*worked(tmp_path, later, Usage(10.16, 907))) == ()


def test_samples_that_say_nothing_give_no_reason(tmp_path: Path) -> None:
    """That nothing can be seen is said once, before the run; and no time at all is no share."""
    nothing = sample(MachineFiles(tmp_path), (0,))
    assert changed(nothing, nothing) == ()
    here = sample(machine(tmp_path, quiet()), (0,))
    assert changed(here, here) == ()
    assert changed(nothing, here) == ()


def test_lines_and_metadata_carry_name_state_fact_and_advice() -> None:
    """A terminal gets one line each; a result file one key each, as pyperf takes it."""
    found = (
        Condition("cpu_quota", DOUBTFUL, "1.50 CPUs\nfor 2 workers", "pin it"),
        Condition("turbo", FINE, "off"),
    )
    assert lines(found) == [
        "cpu quota: doubtful, 1.50 CPUs for 2 workers; pin it",
        "turbo: fine, off",
    ]
    metadata = as_metadata(found)
    assert metadata["condition_turbo"] == "fine, off"
    run = pyperf.Run([1.0], metadata=metadata, collect_metadata=False)
    assert run.get_metadata()["condition_cpu_quota"] == lines(found)[0].partition(": ")[2]


def test_before_a_run_two_lines_are_said_at_most() -> None:
    """The first doubt with what to do about it; where there are more, by name and command."""
    doubts = [Condition(name, DOUBTFUL, "bad", f"fix {name}") for name in ("aslr", "cpu_quota")]
    quiet_one = Condition("turbo", FINE, "off")
    unsure = Condition("clock", UNKNOWN, "nothing tells", "watch")
    assert said_before([quiet_one, unsure]) == []
    assert said_before([quiet_one, *doubts]) == lines(doubts)
    more = said_before([*doubts, quiet_one, Condition("memory", DOUBTFUL, "short", "free it")])
    assert more == [
        "aslr: doubtful, bad; fix aslr",
        "also doubtful: cpu quota, memory (see python -m bench --check-machine)",
    ]


def test_what_is_available_is_what_the_narrowest_group_leaves(tmp_path: Path) -> None:
    """The group's limit less what it has taken; the system's own memory where that is less."""
    wide = machine(tmp_path / "wide", quiet() | limited(str(1 << 40), "0"))
    assert available_bytes(wide) == 8 << 30
    narrow = machine(tmp_path / "narrow", quiet() | limited(str(3 << 28), str(1 << 28)))
    assert available_bytes(narrow) == 1 << 29
    assert available_bytes(MachineFiles(tmp_path / "none")) is None


def test_this_machine_can_be_surveyed() -> None:
    """On the real /proc and /sys every check has a result of one line."""
    here = MachineFiles(wait=lambda _: None)
    found = before(here, tuple(choose_cpus()))
    assert len({condition.name for condition in found}) == len(CHECKS)
    assert all(condition.text for condition in found)
    pyperf.Run([1.0], metadata=as_metadata(found), collect_metadata=False)


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("0", (0,)), ("0-2,8", (0, 1, 2, 8)), ("", None), (None, None), ("a-b", None)],
)
def test_lists_of_cpus_are_read_as_the_kernel_writes_them(
    text: str | None, cpus: tuple[int, ...] | None
) -> None:
    """Single CPUs and ranges; anything else is no list."""
    assert as_cpus(text) == cpus
