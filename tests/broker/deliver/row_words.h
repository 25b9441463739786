/// RowWords: a row of the classification in words, for tables that people read.
///
/// Pure functions; any thread.
#pragma once

#include <string>

#include "broker/deliver/classification.h"

namespace support {

/// "C-STORE response", "A-ABORT".
std::string happening_words(const broker::deliver::Row& row);
/// "0xA700 to 0xA7FF", "*/3/1"; "any other" where rows before it take some, "" where there is but one case.
std::string number_words(const broker::deliver::Row& row);
std::string phase_words(broker::deliver::Phase phase);
std::string verdict_words(broker::deliver::Verdict verdict);
std::string scope_words(broker::deliver::Scope scope);
/// "5, then needs a person (failed_repeatedly)"; where the verdict is not transient "".
std::string tries_words(const broker::deliver::Row& row);

/// The whole table, in Markdown.
std::string classification_markdown();

}  // namespace support
