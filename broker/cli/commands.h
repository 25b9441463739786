/// Commands of the command line, one file each; every function here adds one of them to the parser.
///
/// The Invocation must outlive the parsing and the action.
#pragma once

namespace CLI {
class App;
}

namespace broker::cli {

class Invocation;

void add_serve(CLI::App& app, Invocation& invocation);
void add_demo(CLI::App& app, Invocation& invocation);
void add_check(CLI::App& app, Invocation& invocation);
void add_outbox(CLI::App& app, Invocation& invocation);
void add_destination(CLI::App& app, Invocation& invocation);
void add_doctor(CLI::App& app, Invocation& invocation);
void add_study(CLI::App& app, Invocation& invocation);
void add_sender(CLI::App& app, Invocation& invocation);
void add_history(CLI::App& app, Invocation& invocation);
void add_route(CLI::App& app, Invocation& invocation);
void add_spool(CLI::App& app, Invocation& invocation);
void add_reload(CLI::App& app, Invocation& invocation);
void add_user(CLI::App& app, Invocation& invocation);
void add_token(CLI::App& app, Invocation& invocation);

/// The commands whose names are fixed and that this version doesn't have: they say so, exit 2.
void add_later(CLI::App& app, Invocation& invocation);

/// `outbox hold|release|retry|cancel|resend|adopt`: added to the parser of `outbox`.
void add_outbox_verbs(CLI::App& parser, Invocation& invocation);

/// `outbox move`: added to `outbox`; `destination backfill`: to `destination`; `study verify` and `study
/// assign-accession|recheck|adopt`: to `study`.
void add_outbox_move(CLI::App& parser, Invocation& invocation);
void add_destination_backfill(CLI::App& parser, Invocation& invocation);
void add_study_verify(CLI::App& study, Invocation& invocation);
void add_study_acts(CLI::App& study, Invocation& invocation);

/// `route diff`: added to `route`.
void add_route_diff(CLI::App& route, Invocation& invocation);

/// `history verify`: added to `history`.
void add_history_verify(CLI::App& history, Invocation& invocation);

}  // namespace broker::cli
