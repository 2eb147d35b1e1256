"""One run on many machines: sent by execnet, measured in silence, collected, shown on one page.

The controller makes one file (``parcel``): plan, machine code, our sources and the few packages
that they import. A host needs Python and ssh. Each has a process here (``visit``) and a gateway
there (``remote``), which starts the run and waits: while it measures, neither side sends a byte.
What comes back is checked (``arrival``) before it counts. All that is known lies in files
(``state``), so the same command goes on where a host, or the controller, was lost.
"""
