/// LongCall: a call whose work takes many slices, with a bar on a terminal while it runs.
#include "broker/cli/long_call.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>

#include "broker/cli/answer.h"
#include "broker/cli/error.h"
#include "broker/cli/progress.h"

namespace broker::cli {
namespace {

namespace json = boost::json;

/// The lines of the broker's answer, whole ones only, each shown or kept.
class Lines {
public:
    Lines(Progress& progress, const std::string& what) : progress_(progress), what_(what) {}

    void take(std::string_view piece) {
        rest_ += piece;
        if (rest_.size() > reply_bytes_max) throw Error(Errc::failed, what_ + ": the broker's answer is too long");
        for (std::size_t end = 0; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1)) {
            take_line(json::parse(rest_.substr(0, end)));
        }
    }

    json::value result() const {
        if (!result_) throw Error(Errc::failed, what_ + ": the broker's answer broke off; repeat the command");
        return *result_;
    }

private:
    void take_line(const json::value& line) {
        const auto& members = line.as_object();
        if (const auto* problem = members.if_contains("problem")) {
            throw Error(Errc::failed, what_ + ": " + text_at(*problem, "detail") + "; repeat the command for the rest");
        }
        if (const auto* result = members.if_contains("result")) {
            result_ = *result;
            return;
        }
        progress_.show({static_cast<std::uint64_t>(number_at(line, "done")),
                        static_cast<std::uint64_t>(number_at(line, "total"))});
    }

    Progress& progress_;
    const std::string& what_;
    std::string rest_;
    std::optional<json::value> result_;
};

}  // namespace

json::value ask_watching(Invocation& invocation, const std::string& target, json::object body, const std::string& what,
                         const std::string& bar) {
    const Console& console = invocation.console;
    Call call{.method = "POST", .target = target, .body = json::serialize(body), .timeout = long_call_timeout};
    if (!console.err_is_terminal) return ask(invocation.api(), call, what);
    body["progress"] = true;
    call.body = json::serialize(body);
    Progress progress(console.err, true, bar);
    Lines lines(progress, what);
    require_done(invocation.api().stream(call, [&lines](std::string_view piece) { lines.take(piece); }), what);
    return lines.result();
}

std::int64_t number_at(const json::value& answer, std::string_view path) {
    const std::string text = text_at(answer, path);
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || code != std::errc() || end != text.data() + text.size()) {
        throw Error(Errc::failed,
                    "the broker's answer has no number '" + std::string(path) + "'; is it of the same version?");
    }
    return number;
}

}  // namespace broker::cli
