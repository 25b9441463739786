/// Log: where the process's log lines go and how they look.
#pragma once

namespace broker {

/// One line per event on stderr, `2026-01-15T07:00:00.123Z info event=… key=value`, in UTC. Once, before any thread.
void start_log();

}  // namespace broker
