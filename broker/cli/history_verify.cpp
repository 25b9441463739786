/// `history verify`: whether the chain of the history is whole, in the broker or in an export.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "broker/cli/answer.h"
#include "broker/cli/commands.h"
#include "broker/cli/error.h"
#include "broker/cli/invocation.h"
#include "broker/cli/target.h"
#include "broker/cli/text.h"
#include "outbox/history.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

/// The longest line of an export that is taken for a row.
constexpr std::size_t line_bytes_max = 1U << 20;

struct Typed {
    std::filesystem::path file;  ///< empty: the broker's own history
    std::string anchor;          ///< as typed; empty: none
};

/// Found out either here or by the broker.
struct Finding {
    std::int64_t rows = 0;
    std::optional<std::int64_t> broken_at;
    bool anchor_found = true;
    std::string tip;  ///< the hash of the last row that fits, in hex; empty: there is none
};

std::optional<outbox::Digest> parse_anchor(const std::string& hex) {
    outbox::Digest digest{};
    if (hex.size() != 2 * digest.size() || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < digest.size(); ++i) {
        unsigned value = 0;
        std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, value, 16);
        digest[i] = std::byte(value);
    }
    return digest;
}

std::string hex_of(const outbox::Digest& digest) {
    std::string hex;
    for (const std::byte byte : digest) {
        hex += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
    }
    return hex;
}

/// Why a file cannot be verified from this line on, and what to do.
std::string not_a_row(const std::filesystem::path& file, std::int64_t line_number, const std::string& line) {
    if (line_number == 1 && line.starts_with("sequence,")) {
        return file.string() +
               " is a csv export, which is to look at and cannot be verified; export again with "
               "`history export --format jsonl`";
    }
    return fmt::format("line {} of {} is not a row of the history; give a file made by `history export --format jsonl`",
                       line_number, file.string());
}

Finding verify_file(const Typed& typed) {
    std::ifstream in(typed.file, std::ios::binary);
    if (!in || std::filesystem::is_directory(typed.file)) {
        throw Error(Errc::usage, "cannot read " + typed.file.string() + "; check its name and permissions");
    }
    std::int64_t line_number = 0;
    std::string line;
    const auto next = [&]() -> std::optional<outbox::HistoryRow> {
        if (!std::getline(in, line)) {
            // A read that failed is not the end of the file.
            if (in.bad()) throw Error(Errc::failed, "reading " + typed.file.string() + " failed; try another copy");
            return std::nullopt;
        }
        ++line_number;
        auto row = line.size() <= line_bytes_max ? outbox::from_jsonl(line) : std::nullopt;
        if (!row) {
            // A file that is none from its first line is a wrong file; one that stops being one was changed.
            throw Error(line_number == 1 ? Errc::usage : Errc::failed, not_a_row(typed.file, line_number, line));
        }
        return row;
    };
    const auto anchor = typed.anchor.empty() ? std::nullopt : parse_anchor(typed.anchor);
    const outbox::Verification found = outbox::verify_chain(next, anchor);
    if (line_number == 0) {
        throw Error(Errc::usage,
                    typed.file.string() + " is empty; give a file made by `history export --format jsonl`");
    }
    return {found.rows, found.broken_at, found.anchor_found, hex_of(found.tip)};
}

Finding verify_broker(Invocation& invocation, const Typed& typed) {
    const Terms terms = typed.anchor.empty() ? Terms{} : Terms{{"anchor", typed.anchor}};
    const Call call{
        .method = "GET", .target = target("/api/v1/history/verify", terms), .body = {}, .timeout = long_call_timeout};
    const json::value answer = ask(invocation.api(), call, "verify history");
    const auto number = [&answer](const char* name) -> std::optional<std::int64_t> {
        const std::string text = text_at(answer, name);
        std::int64_t value = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
        return code == std::errc() && !text.empty() ? std::optional(value) : std::nullopt;
    };
    const auto rows = number("rows");
    // Silence is not success: only a stated "intact" counts.
    const std::string intact = text_at(answer, "intact");
    if (!rows || (intact != "true" && intact != "false")) {
        throw Error(Errc::failed,
                    "verify history: the broker didn't say whether it is intact; is it of the same version?");
    }
    Finding finding{*rows, number("broken_at"), text_at(answer, "anchor_found") != "false", text_at(answer, "tip")};
    if (intact == "false" && !finding.broken_at && finding.anchor_found) {
        finding.broken_at = 0;
    }
    return finding;
}

int report(const Invocation& invocation, const Finding& finding) {
    std::ostream& out = invocation.console.out;
    const bool is_intact = !finding.broken_at && finding.anchor_found;
    if (invocation.options.is_json) {
        json::object answer{{"intact", is_intact}, {"rows", finding.rows}, {"anchor_found", finding.anchor_found}};
        answer["broken_at"] = finding.broken_at ? json::value(*finding.broken_at) : json::value(nullptr);
        answer["tip"] = finding.tip.empty() ? json::value(nullptr) : json::value(finding.tip);
        out << json::serialize(answer) << '\n';
    } else if (finding.broken_at) {
        out << "broken at row " << *finding.broken_at << '\n';
    } else if (!finding.anchor_found) {
        out << "no row has the anchor's hash: rows are missing from the end, or the anchor is of another history\n";
    } else {
        out << "intact: " << finding.rows << " rows\n";
        if (!finding.tip.empty()) {
            out << "the last row's hash, to note down for --anchor: " << printable(finding.tip) << '\n';
        }
    }
    return is_intact ? 0 : 1;
}

int verify(Invocation& invocation, const Typed& typed) {
    if (!typed.anchor.empty() && !parse_anchor(typed.anchor)) {
        throw Error(Errc::usage, "--anchor: not a hash; give the 64 lower-case hexadecimal digits of a row's hash");
    }
    return report(invocation, typed.file.empty() ? verify_broker(invocation, typed) : verify_file(typed));
}

}  // namespace

void add_history_verify(CLI::App& history, Invocation& invocation) {
    auto* command = history.add_subcommand("verify", "check the chain: exit 0 intact, 1 broken");
    const auto typed = std::make_shared<Typed>();
    command->add_option("--file", typed->file, "an export (jsonl) instead of the broker's history");
    command->add_option("--anchor", typed->anchor, "the hash of a row noted earlier, which must still be there");
    command->callback(
        [&invocation, typed] { invocation.action = [&invocation, typed] { return verify(invocation, *typed); }; });
}

}  // namespace broker::cli
