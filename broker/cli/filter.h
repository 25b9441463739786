/// Filter: the options that say which jobs, or which history rows, a person means.
///
/// `add_…` binds the options; the values are checked by `…_terms`, after parsing and before anything is asked.
#pragma once

#include <string>
#include <vector>

#include "broker/cli/instants.h"
#include "broker/cli/target.h"

namespace CLI {
class App;
}

namespace broker::cli {

/// Option by option what was typed, in the order of the interface; the names are those of its query.
struct Filter {
    struct Field {
        std::string name;
        std::string value;
        bool is_given = false;
    };
    std::vector<Field> fields;
};

/// --destination --state --reason --sender --modality --study --accession --patient --since --until --older-than
void add_job_filter(CLI::App& app, Filter& filter);

/// --since --until --destination --patient --accession --study --actor --event
void add_history_filter(CLI::App& app, Filter& filter);

/// What was given, as the interface takes it: instants in UTC, durations as typed.
/// Throws cli::Error, usage: an empty value (a script's unset variable must not become "all"), a state, reason or time
/// that isn't one.
Terms terms_of(const Filter& filter, const Here& here);

}  // namespace broker::cli
