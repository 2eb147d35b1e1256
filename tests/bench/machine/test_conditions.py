"""What is said of a machine: each check fine, doubtful and unknown, on a fake /proc and /sys."""

from itertools import count
from pathlib import Path

import pyperf
import pytest

from bench.machine import (
    CHECKS,
    Condition,
    Machine,
    Sample,
    State,
    as_metadata,
    available_bytes,
    before,
    changed,
    cpus,
    lines,
    said_before,
    sample,
)
from bench.machine.files import as_cpus
from bench.machine.look import LOOK_S

Files = dict[str, str | None]  # path: text, or None for no such file
Case = tuple[str, Files, Files, State, str]

CPUS = (0, 1)
CPU = "sys/devices/system/cpu"
SUPPLY = "sys/class/power_supply"
CLOCKSOURCE = "sys/devices/system/clocksource/clocksource0"
THP = "sys/kernel/mm/transparent_hugepage/enabled"
CGROUP = "sys/fs/cgroup"
ASLR = "proc/sys/kernel/randomize_va_space"
STATUS = (
    "Cpus_allowed_list:\t0-3\nnonvoluntary_ctxt_switches:\t7\n"
    "Speculation_Store_Bypass:\tthread vulnerable\n"
)
FINE, DOUBTFUL, UNKNOWN = State.FINE, State.DOUBTFUL, State.UNKNOWN


def stat(*cpus: str) -> str:
    """Return /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice."""
    return "cpu  1 2 3\n" + "".join(f"cpu{number} {cpu} 0 0\n" for number, cpu in enumerate(cpus))


def task(pid: int, name: str, cpu: int, ticks: int) -> str:
    """Return /proc/PID/stat of a process that took so many ticks, half of them in the system."""
    user, system = ticks - ticks // 2, ticks // 2
    return f"{pid} ({name}) R {'0 ' * 10}{user} {system} {'0 ' * 23}{cpu} 0 0\n"


IDLE = "1000 0 500 90100 50 3 2 0"  # a second later
IDLE_AT_FIRST = stat(*["1000 0 500 90000 50 3 2 0"] * 4)
IDLE_LATER = stat(*[IDLE] * 4)


def quiet() -> Files:
    """Return a machine of two cores of two threads each that gives no reason for doubt."""
    files: Files = {
        "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme tsc\n",
        "proc/loadavg": "0.05 0.20 0.30 1/200 4242\n",
        "proc/meminfo": "MemTotal:       16000000 kB\nMemAvailable:    8388608 kB\n",
        "proc/stat": IDLE_AT_FIRST,
        "proc/vmstat": "nr_free_pages 5\npswpin 10\npswpout 20\n",
        "proc/77/stat": task(77, "make) it (hard", 1, 500),
        "proc/self/stat": task(4242, "python", 0, 30),
        "proc/4242/stat": task(4242, "python", 0, 30),
        "proc/self/cgroup": "0::/user.slice\n",
        "proc/self/personality": "00000000\n",
        "proc/self/status": STATUS,
        ASLR: "2\n",
        f"{CGROUP}/cgroup.controllers": "cpuset cpu io memory\n",
        f"{CGROUP}/user.slice/cpu.stat": "usage_usec 9\nnr_throttled 0\n",
        f"{CLOCKSOURCE}/current_clocksource": "tsc\n",
        f"{CLOCKSOURCE}/available_clocksource": "tsc hpet acpi_pm\n",
        f"{CPU}/intel_pstate/no_turbo": "1\n",
        f"{SUPPLY}/AC/type": "Mains\n",
        f"{SUPPLY}/AC/online": "1\n",
        f"{SUPPLY}/BAT0/type": "Battery\n",
        f"{SUPPLY}/BAT0/status": "Charging\n",
        THP: "always [madvise] never\n",
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
    """Return /proc/self/status where the kernel says this of store bypass."""
    return {"proc/self/status": STATUS.replace("thread vulnerable", found)}


def every_cpu(path: str, text: str | None) -> Files:
    """Return the same file of both workers' CPUs."""
    return {f"{CPU}/cpu{cpu}/{path}": text for cpu in CPUS}


def lay(root: Path, files: Files) -> None:
    """Make the fake files be as given; others stay."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if text is not None:
            place.write_text(text)


def machine(root: Path, files: Files, later: Files | None = None, step_ns: int = 50) -> Machine:
    """Return a machine of fake files, some of which change while a look waits."""
    lay(root, files)
    clock = count(0, step_ns)
    wait = {LOOK_S: lambda: lay(root, later or {})}  # any other time is a KeyError
    return Machine(root, lambda seconds: wait[seconds](), lambda: next(clock))


def look(root: Path, files: Files, later: Files | None = None) -> dict[str, Condition]:
    """Return what is said of a quiet machine with some files as given, by name."""
    fake = machine(root, quiet() | files, {"proc/stat": IDLE_LATER, **(later or {})})
    return {condition.name: condition for condition in before(fake, CPUS)}


def busy(*cpus: int) -> Files:
    """Return /proc/stat after a second in which some CPUs worked 30 ticks of 100."""
    work = "1030 0 500 90070 50 3 2 0"
    return {"proc/stat": stat(*(work if cpu in cpus else IDLE for cpu in range(4)))}


VIRTUAL: Files = {"proc/cpuinfo": "flags : fpu hypervisor\n"}
ALONE = every_cpu("topology/thread_siblings_list", None) | {
    f"{CPU}/cpu0/topology/thread_siblings_list": "0\n",
    f"{CPU}/cpu1/topology/thread_siblings_list": "1\n",
}
STOLEN: Files = {"proc/stat": stat(*["1000 0 500 90099 50 3 2 1"] * 4)}
VERSION_1: Files = {
    f"{CGROUP}/cgroup.controllers": None,
    "proc/self/cgroup": "9:name=systemd:/\n4:cpu,cpuacct:/docker/f00\n3:memory:/docker/f00\n0::/\n",
}

GROUP = f"{CGROUP}/user.slice"


def limited(most: str, taken: str, cache: str = "0") -> Files:
    """Return a memory limit on our group, by version 2: bytes allowed, taken, and given back."""
    return {
        f"{GROUP}/memory.max": most,
        f"{GROUP}/memory.current": taken,
        f"{GROUP}/memory.stat": f"anon 1\ninactive_file {cache}\n",
    }


def limited_1(most: str) -> Files:
    """Return the same by version 1, as a container sees it, with nothing taken."""
    here = f"{CGROUP}/memory"
    return {f"{here}/memory.limit_in_bytes": most, f"{here}/memory.usage_in_bytes": "0"}


# name, files that differ, files that change during the look, state, words that must be there
CASES: list[Case] = [
    ("other_load", {}, {}, FINE, "0.0 % of CPU 0, 0.0 % of CPU 1"),
    ("other_load", {}, busy(1), DOUBTFUL, "0.0 % of CPU 0, 30.0 % of CPU 1; end or pause"),
    ("other_load", {}, busy(2), FINE, "0.0 %"),
    (
        "other_load",
        {},
        {
            **busy(1),
            "proc/77/stat": task(77, "make) it (hard", 1, 530),
            "proc/4242/stat": task(4242, "python", 0, 90),  # ourselves: never to blame
        },
        DOUBTFUL,
        "the busiest is make) it (hard (pid 77)",
    ),
    ("other_load", {}, {"proc/self/stat": None}, UNKNOWN, "see with top"),
    ("other_load", {}, {"proc/stat": stat(IDLE)}, UNKNOWN, "/proc/stat"),
    ("load_average", {}, {}, FINE, "0.05 over the last minute, 1 runnable"),
    ("load_average", {"proc/loadavg": "9.90 1 1 3/9 7"}, {}, FINE, "9.90 over the last minute"),
    ("load_average", {"proc/loadavg": "0.90"}, {}, UNKNOWN, "see with top"),
    ("steal", {}, {}, FINE, "0.0 % of the worst CPU"),
    ("steal", {}, STOLEN, DOUBTFUL, "1.0 % of the worst CPU; other guests"),
    ("steal", VIRTUAL, {}, UNKNOWN, "none ever: this hypervisor may hide it"),
    (
        "steal",
        VIRTUAL | STOLEN,
        {"proc/stat": stat(*["1000 0 500 90199 50 3 2 1"] * 4)},
        FINE,
        "0.0 %",
    ),
    ("steal", {"proc/stat": None}, {"proc/stat": None}, UNKNOWN, "/proc/stat"),
    ("smt_sibling", {}, {}, FINE, "idle on our cores: CPU 2 0.0 %, CPU 3 0.0 %; it is watched"),
    ("smt_sibling", {}, busy(3), DOUBTFUL, "CPU 3 30.0 %; end what runs there, or echo off"),
    ("smt_sibling", {}, {"proc/stat": stat(IDLE, IDLE)}, UNKNOWN, "CPUs 2, 3 share our cores"),
    ("smt_sibling", ALONE, {}, FINE, "no other thread"),
    ("smt_sibling", {**ALONE, **VIRTUAL}, {}, UNKNOWN, "a hypervisor may hide them"),
    (
        "smt_sibling",
        every_cpu("topology/thread_siblings_list", "0-1"),
        {},
        DOUBTFUL,
        "CPUs 0, 1 that workers use share a core",
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
    ("memory", limited("a lot", "1048576"), {}, UNKNOWN, "does not say"),
    ("memory", {f"{GROUP}/memory.max": "2147483648"}, {}, UNKNOWN, "does not say"),
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
    ("memory", {**VERSION_1, **limited_1("268435456")}, {}, DOUBTFUL, "0.2 GiB available"),
    ("memory", {**VERSION_1, **limited_1(str(2**63 - 4096))}, {}, FINE, "8.0 GiB available"),
    ("governor", {}, {}, FINE, "performance"),
    (
        "governor",
        {f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave"},
        {},
        DOUBTFUL,
        "performance, powersave; ratios are taken in turns and hold; for times: sudo cpupower",
    ),
    ("governor", {f"{CPU}/cpu1/cpufreq/scaling_governor": None}, {}, UNKNOWN, "no cpufreq"),
    ("turbo", {}, {}, FINE, "off"),
    ("turbo", {f"{CPU}/intel_pstate/no_turbo": "0"}, {}, DOUBTFUL, "echo 1 | sudo tee /sys/"),
    (
        "turbo",
        {f"{CPU}/intel_pstate/no_turbo": None, f"{CPU}/cpufreq/boost": "1"},
        {},
        DOUBTFUL,
        "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
    ),
    (
        "turbo",
        {f"{CPU}/intel_pstate/no_turbo": None, f"{CPU}/cpufreq/boost": "0"},
        {},
        FINE,
        "off",
    ),
    ("turbo", {f"{CPU}/intel_pstate/no_turbo": None}, {}, UNKNOWN, "neither"),
    ("clock", {}, {}, FINE, "now 2.60 GHz on CPU 0, 2.60 GHz on CPU 1"),
    (
        "clock",
        {f"{CPU}/cpu1/cpufreq/scaling_max_freq": "2000000"},
        {},
        DOUBTFUL,
        "held to 2.00 GHz of 3.10 GHz; ratios are taken in turns and hold; for times: sudo",
    ),
    ("clock", every_cpu("cpufreq/scaling_cur_freq", None), {}, UNKNOWN, "cannot be seen"),
    ("heat", {}, {}, FINE, "slowed 6 times since it was started, not now"),
    ("heat", {}, every_cpu("thermal_throttle/core_throttle_count", "5"), DOUBTFUL, "4 times"),
    ("heat", every_cpu("thermal_throttle/core_throttle_count", None), {}, UNKNOWN, "no thermal"),
    ("power", {}, {}, FINE, "plugged in"),
    ("power", {f"{SUPPLY}/AC/online": "0"}, {}, DOUBTFUL, "on battery; plug it in"),
    (
        "power",
        {f"{SUPPLY}/AC/type": None, f"{SUPPLY}/AC/online": None},
        {},
        UNKNOWN,
        "no word of a supply",
    ),
    (
        "power",
        {f"{SUPPLY}/AC/online": None, f"{SUPPLY}/BAT0/status": "Discharging"},
        {},
        DOUBTFUL,
        "on battery",
    ),
    ("power", {f"{SUPPLY}/BAT0/scope": "Device"}, {}, FINE, "no battery"),
    ("power", {f"{SUPPLY}/BAT0/type": None}, {}, UNKNOWN, "unknown kind"),
    ("clock_source", {}, {}, FINE, "tsc"),
    (
        "clock_source",
        {f"{CLOCKSOURCE}/current_clocksource": "hpet"},
        {},
        DOUBTFUL,
        "hpet: slow to read (there are: tsc hpet acpi_pm)",
    ),
    ("clock_source", {f"{CLOCKSOURCE}/current_clocksource": "sundial"}, {}, UNKNOWN, "sundial"),
    ("clock_source", {f"{CLOCKSOURCE}/current_clocksource": None}, {}, UNKNOWN, "timer step"),
    ("virtual_machine", {}, {}, FINE, "no"),
    ("virtual_machine", VIRTUAL, {}, FINE, "yes; what other guests do"),
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
    ("cpu_quota", VERSION_1, {}, UNKNOWN, "no cgroup"),
    (
        "cpu_quota",
        {
            **VERSION_1,  # as a container sees it: its own group is mounted at the top
            f"{CGROUP}/cpu,cpuacct/cpu.cfs_quota_us": "50000",
            f"{CGROUP}/cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
        {},
        DOUBTFUL,
        "0.50 CPUs for 2 workers",
    ),
    (
        "cpu_quota",
        {
            **VERSION_1,
            f"{CGROUP}/cpu/docker/f00/cpu.cfs_quota_us": "-1",
            f"{CGROUP}/cpu/docker/f00/cpu.cfs_period_us": "100000",
        },
        {},
        FINE,
        "none",
    ),
    ("aslr", {}, {}, FINE, "on (2); as it should be: placement is drawn in any case"),
    ("aslr", {ASLR: "0"}, {}, DOUBTFUL, "intervals too narrow: sudo sysctl"),
    ("aslr", {"proc/self/personality": "00040000"}, {}, DOUBTFUL, "off for this process"),
    ("aslr", {"proc/self/personality": None}, {}, UNKNOWN, "personality"),
    ("aslr", {ASLR: None}, {}, UNKNOWN, "randomize_va_space"),
    ("store_bypass", {}, {}, FINE, "thread vulnerable"),
    ("store_bypass", bypass("not vulnerable"), {}, FINE, "not vulnerable"),
    ("store_bypass", bypass("thread force mitigated"), {}, DOUBTFUL, "seccomp=unconfined"),
    ("store_bypass", bypass("unknown"), {}, UNKNOWN, "does not say"),
    ("store_bypass", {"proc/self/status": None}, {}, UNKNOWN, "does not say"),
    ("huge_pages", {}, {}, FINE, "madvise"),
    ("huge_pages", {THP: "[always] madvise never"}, {}, FINE, "always; measured pages are exempt"),
    ("huge_pages", {THP: None}, {}, UNKNOWN, "ask for small ones anyway"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3].value}")
def test_each_check_is_fine_doubtful_or_unknown(tmp_path: Path, case: Case) -> None:
    """The state follows from the files, and the words name the fact and the remedy."""
    name, files, later, state, says = case
    condition = look(tmp_path, files, later)[name]
    assert (condition.state, says in condition.text) == (state, True), condition.text


def test_a_quiet_machine_is_fine_in_everything(tmp_path: Path) -> None:
    """Nothing is doubted that gives no reason to."""
    assert {one.text for one in look(tmp_path, {}).values() if one.state is not FINE} == set()


def test_a_machine_that_says_nothing_is_unknown_in_everything(tmp_path: Path) -> None:
    """What cannot be read is unknown, never fine; and there is advice for it."""
    silent = before(Machine(tmp_path, lambda _: None, lambda: 0), CPUS)
    assert {condition.state for condition in silent} == {UNKNOWN}
    assert all(condition.advice for condition in silent)


def test_a_machine_that_talks_nonsense_is_never_fine(tmp_path: Path) -> None:
    """A file that does not hold what it should is no evidence of anything."""
    fake = machine(tmp_path, dict.fromkeys(quiet(), "nonsense\n"), step_ns=0)
    assert [one.text for one in before(fake, CPUS) if one.state is FINE] == []


def test_every_check_is_tested_in_all_its_states(tmp_path: Path) -> None:
    """A new check needs its cases; three only inform, and never give doubt."""
    names = [condition.name for condition in look(tmp_path, {}).values()]
    seen = {(name, state) for name, _, _, state, _ in CASES}
    elsewhere = {("timer_step", state) for state in State} | {("cpus", DOUBTFUL)}
    informing = {(name, DOUBTFUL) for name in ("virtual_machine", "huge_pages", "load_average")}
    assert len(names) == len(CHECKS)
    assert seen | elsewhere | informing == {(name, state) for name in names for state in State}


@pytest.mark.parametrize(
    ("step_ns", "state", "says"),
    [
        (50, FINE, "50 ns between two readings"),
        (4_000_000, DOUBTFUL, "over 1 % of a turn"),
        (0, UNKNOWN, "the clock stood still"),
    ],
)
def test_the_timers_step_is_measured(tmp_path: Path, step_ns: int, state: State, says: str) -> None:
    """A clock's name promises nothing: what two readings differ by is looked at."""
    fake = machine(tmp_path, quiet(), step_ns=step_ns)
    found = {condition.name: condition for condition in before(fake, CPUS)}["timer_step"]
    assert (found.state, says in found.text) == (state, True), found.text


def test_a_single_worker_is_doubtful(tmp_path: Path) -> None:
    """One worker instead of two makes a run less precise, and that is said."""
    found = {one.name: one for one in before(machine(tmp_path, quiet()), (0,))}["cpus"]
    assert found.state is DOUBTFUL
    assert "allow two CPUs" in found.advice


def worked(root: Path, later: Files) -> tuple[Sample, Sample]:
    """Return samples around ten seconds in which CPU 0 was all this process's own."""
    ours = {
        "proc/stat": stat("2000 0 500 90000 50 3 2 0", *["1000 0 500 91000 50 3 2 0"] * 3),
        "proc/self/stat": task(4242, "python", 0, 1030),
    }
    fake = machine(root, quiet())
    first = sample(fake, (0,))
    lay(root, {**ours, **later})
    return first, sample(fake, (0,))


def test_a_quiet_run_gives_no_reason_for_doubt(tmp_path: Path) -> None:
    """The worker's own time is not held against it."""
    assert changed(*worked(tmp_path, {})) == ()


@pytest.mark.parametrize(
    ("later", "says"),
    [
        (
            {"proc/stat": stat("1988 0 500 90000 50 3 2 12", *["0 0 0 0 0 0 0 0"] * 3)},
            "steal time 1.2 % on CPU 0",
        ),
        (
            {
                "proc/stat": stat("1700 0 500 90000 50 3 2 300", *["0 0 0 0 0 0 0 0"] * 3),
                "proc/self/stat": task(4242, "python", 0, 730),  # stolen time is nobody's work
            },
            "steal time 30.0 % on CPU 0",
        ),
        ({"proc/self/stat": task(4242, "python", 0, 950)}, "others took 8.0 % of CPU 0"),
        ({"proc/self/stat": task(4242, "python", 1, 1030)}, "others took 100.0 % of CPU 0"),
        (
            {
                "proc/stat": stat(
                    "2000 0 500 90000 50 3 2 0",
                    "1000 0 500 91000 50 3 2 0",
                    "1250 0 500 90750 50 3 2 0",
                )
            },
            "CPU 2, on the same core, was busy 25.0 % of the time",
        ),
        (
            {f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "3100000"},
            "clock of CPU 0 changed from 2.60 to 3.10 GHz",
        ),
        (
            {f"{CPU}/cpu0/thermal_throttle/core_throttle_count": "5"},
            "CPU 0 was slowed for heat, 2 times",
        ),
        (
            {"proc/self/status": "nonvoluntary_ctxt_switches: 2007"},
            "had to give way to others 200 times a second",
        ),
        ({f"{CGROUP}/user.slice/cpu.stat": "nr_throttled 4"}, "a CPU quota stopped us 4 times"),
        ({"proc/vmstat": "pswpin 310\npswpout 20"}, "the system swapped 300 pages"),
        ({"proc/stat": stat()}, "CPU 0 went offline"),
    ],
)
def test_what_changed_during_a_run_is_a_reason_for_doubt(
    tmp_path: Path, later: Files, says: str
) -> None:
    """Each reason is named with its amount, and brings no other with it."""
    assert changed(*worked(tmp_path, later)) == (says,)


def test_small_changes_are_no_reason_for_doubt(tmp_path: Path) -> None:
    """What every machine shows all of the time stays below the bounds."""
    later: Files = {
        "proc/stat": stat("1996 0 500 90000 50 3 2 4", *["1010 0 500 90990 50 3 2 0"] * 3),
        "proc/self/stat": task(4242, "python", 0, 1016),
        f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "2650000",
        "proc/self/status": "nonvoluntary_ctxt_switches: 907",
        "proc/vmstat": "pswpin 110\npswpout 20",
    }
    assert changed(*worked(tmp_path, later)) == ()


def test_samples_that_say_nothing_give_no_reason(tmp_path: Path) -> None:
    """That nothing can be seen is said once, before the run; and no time at all is no share."""
    nothing = sample(Machine(tmp_path), (0,))
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
    doubts = [Condition(name, DOUBTFUL, "bad", f"mend {name}") for name in ("aslr", "cpu_quota")]
    quiet_one = Condition("turbo", FINE, "off")
    unsure = Condition("heat", UNKNOWN, "nothing says", "watch")
    assert said_before([quiet_one, unsure]) == []
    assert said_before([quiet_one, *doubts]) == lines(doubts)
    more = said_before([*doubts, quiet_one, Condition("power", DOUBTFUL, "on battery", "plug in")])
    assert more == [
        "aslr: doubtful, bad; mend aslr",
        "more to put right: cpu quota, power (python -m bench --check-machine)",
    ]


def test_what_is_available_is_what_the_narrowest_group_leaves(tmp_path: Path) -> None:
    """The group's limit less what it has taken; the system's own memory where that is less."""
    wide = machine(tmp_path / "wide", quiet() | limited(str(1 << 40), "0"))
    assert available_bytes(wide) == 8 << 30
    narrow = machine(tmp_path / "narrow", quiet() | limited(str(3 << 28), str(1 << 28)))
    assert available_bytes(narrow) == 1 << 29
    assert available_bytes(Machine(tmp_path / "none")) is None


def test_this_machine_can_be_looked_at() -> None:
    """On the real /proc and /sys every check comes to a conclusion of one line."""
    here = Machine(wait=lambda _: None)
    found = before(here, tuple(cpus.choose_cpus()))
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
