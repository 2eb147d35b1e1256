"""How fast the machine goes, whether that can change, and what the time is read from."""

from bench.machine.changes import grown
from bench.machine.condition import Condition, doubtful, fine, unknown
from bench.machine.files import Machine
from bench.machine.look import Look

CPU = "sys/devices/system/cpu"
SUPPLIES = "sys/class/power_supply"
# Fast ones are read in user space (the vDSO); slow ones are a device's register or a coarse tick.
FAST_SOURCES = {"tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page"}
SLOW_SOURCES = {"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"}
STEP_MAX_NS = 1000  # 1 % of a turn of 100 us
TURBO_SWITCHES = (("intel_pstate/no_turbo", 1), ("cpufreq/boost", 0))  # and what means off
SUPPLY_KINDS = {"Battery", "Mains", "UPS", "USB", "Wireless"}  # as the kernel names them
STEPS, READINGS_MAX = 100, 200_000

WATCH = "watch whether the sentinel moves"
HOLDS = "ratios are taken in turns and hold"


def governor(look: Look) -> Condition:
    """Say who decides on the clock."""
    name = "governor"
    found = [look.machine.read(f"{CPU}/cpu{cpu}/cpufreq/scaling_governor") for cpu in look.cpus]
    known = {one for one in found if one}
    if not known or None in found or "" in found:
        return unknown(name, "no cpufreq/scaling_governor", f"a host may decide; {WATCH}")
    if known == {"performance"}:
        return fine(name, "performance")
    remedy = "for times: sudo cpupower frequency-set -g performance"
    return doubtful(name, ", ".join(sorted(known)), f"{HOLDS}; {remedy}")


def turbo(look: Look) -> Condition:
    """Say whether the clock rises above its nominal value while heat allows."""
    name = "turbo"
    for path, off in TURBO_SWITCHES:
        setting = look.machine.number(f"{CPU}/{path}")
        if setting == off:
            return fine(name, "off")
        if setting == 1 - off:
            return doubtful(name, "on", f"{HOLDS}; for times: echo {off} | sudo tee /{CPU}/{path}")
    told = "neither intel_pstate/no_turbo nor cpufreq/boost says"
    return unknown(name, told, f"a host may decide; {WATCH}")


def clock(look: Look) -> Condition:
    """Say whether the clock can be read, and is not held below what the CPU can."""
    name = "clock"
    speeds = [_speeds(look.machine, cpu) for cpu in look.cpus]
    known = [one for one in speeds if one is not None]
    if not known or len(known) < len(speeds):
        told = "cpufreq does not tell it, so a change cannot be seen"
        return unknown(name, told, f"{HOLDS}; {WATCH}")
    clocks = zip(look.cpus, known, strict=True)
    now = ", ".join(f"{_ghz(khz)} on CPU {cpu}" for cpu, (khz, _, _) in clocks)
    _, limit, able = min(known, key=lambda speed: speed[1] / speed[2])
    if limit >= able:
        return fine(name, f"now {now}")
    told = f"now {now}, held to {_ghz(limit)} of {_ghz(able)}"
    return doubtful(name, told, f"{HOLDS}; for times: sudo cpupower frequency-set -u {able}")


def heat(look: Look) -> Condition:
    """Say whether CPUs are being slowed for heat, and that this can be seen."""
    name = "heat"
    ever = {cpu.number: cpu.throttled for cpu in look.last.cpus if cpu.throttled is not None}
    if not ever or len(ever) < len(look.cpus):
        return unknown(name, "no thermal_throttle/core_throttle_count", WATCH)
    now = sum(grown(cpu.throttled, ever.get(cpu.number)) for cpu in look.first.cpus)
    if now:
        return doubtful(name, f"slowed {now} times in a second", "let it cool, and see to its air")
    return fine(name, f"slowed {sum(ever.values())} times since it was started, not now")


def power(look: Look) -> Condition:
    """Say whether the machine runs on its battery."""
    name = "power"
    machine = look.machine
    if not machine.is_folder(SUPPLIES):
        return unknown(name, f"no /{SUPPLIES}", "plug a laptop in")
    kinds = {path: machine.read(f"{path}/type") for path in machine.entries(SUPPLIES)}
    ours = [
        path
        for path, kind in kinds.items()
        if kind == "Battery" and machine.read(f"{path}/scope") != "Device"  # a mouse's own
    ]
    if not ours and not SUPPLY_KINDS.issuperset(str(kind) for kind in kinds.values()):
        return unknown(name, "supplies of an unknown kind", "plug a laptop in")
    if not ours:
        return fine(name, "no battery")
    online = [machine.number(f"{path}/online") for path in kinds if path not in ours]
    if 1 in online:
        return fine(name, "plugged in")
    if 0 in online or "Discharging" in {machine.read(f"{path}/status") for path in ours}:
        return doubtful(name, "on battery", "plug it in: on battery clocks are held down")
    return unknown(name, "a battery, and no word of a supply", "plug it in")


def clock_source(look: Look) -> Condition:
    """Say what the kernel tells the time from."""
    name = "clock_source"
    here = "sys/devices/system/clocksource/clocksource0"
    source = look.machine.read(f"{here}/current_clocksource")
    if not source:
        return unknown(name, f"no /{here}", "see timer step")
    if source in FAST_SOURCES:
        return fine(name, source)
    if source not in SLOW_SOURCES:
        return unknown(name, f"{source}, which is not on our lists", "see timer step")
    others = look.machine.read(f"{here}/available_clocksource") or "unknown"
    remedy = f"another is to be written to /{here}/current_clocksource, or see dmesg for why not"
    return doubtful(name, f"{source}: slow to read (there are: {others})", remedy)


def timer_step(look: Look) -> Condition:
    """Say what the least time is that two readings of the clock differ by."""
    name = "timer_step"
    step = _step_ns(look.machine)
    if step is None:
        return unknown(name, f"the clock stood still over {READINGS_MAX} readings", WATCH)
    if step <= STEP_MAX_NS:
        return fine(name, f"{step} ns between two readings in Python")
    told = f"{step} ns between two readings: over 1 % of a turn of 100 us"
    return doubtful(name, told, "see clock source")


def _speeds(machine: Machine, cpu: int) -> tuple[int, int, int] | None:
    """Return a CPU's clock, the most allowed and the most it can, in kHz; None where not told."""
    here = f"{CPU}/cpu{cpu}/cpufreq"
    now = machine.number(f"{here}/scaling_cur_freq")
    limit = machine.number(f"{here}/scaling_max_freq")
    able = machine.number(f"{here}/cpuinfo_max_freq")
    return (now, limit, able) if now and limit and able else None


def _ghz(khz: int) -> str:
    return f"{khz / 1e6:.2f} GHz"


def _step_ns(machine: Machine) -> int | None:
    """Return the least step of the clock among the first ones seen, None if it does not move."""
    steps: list[int] = []
    last = machine.clock_ns()
    for _ in range(READINGS_MAX):
        now = machine.clock_ns()
        if now > last:
            steps.append(now - last)
        if len(steps) == STEPS:
            break
        last = now
    return min(steps, default=None)
