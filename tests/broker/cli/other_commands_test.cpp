/// Tests of `destination`, `history` and `spool`: what each asks of the broker, and what a person sees of the answer.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>

#include "outbox/history.h"
#include "tests/broker/cli/harness.h"
#include "tests/support/temp_folder.h"

using namespace cli_test;

namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// An export of three chained rows.
std::vector<std::string> exported_rows() {
    std::vector<std::string> lines;
    outbox::Digest previous{};
    for (std::int64_t sequence = 1; sequence <= 3; ++sequence) {
        outbox::HistoryRow row;
        row.sequence = sequence;
        row.node = "rs-contoh";
        row.event = "held";
        row.actor = "root";
        row.previous_hash = previous;
        row.hash = outbox::chain_hash(row);
        previous = row.hash;
        lines.push_back(outbox::to_jsonl(row));
    }
    return lines;
}

void write_lines(const std::filesystem::path& file, const std::vector<std::string>& lines) {
    std::ofstream out(file);
    for (const std::string& line : lines) {
        out << line << (line.ends_with('\n') ? "" : "\n");
    }
}

}  // namespace

TEST_CASE("cli: destination ls shows counts and the last error") {
    const std::string body = R"({"items":[{"name":"pacs-a","kind":"dicom","state":"failing","jobs":{"queued":3,)"
                             R"("waiting":1,"sending":0,"uncertain":0,"delivered":9,"held":2,"cancelled":0},)"
                             R"("last_error":"refused\u001b[1m"}],"next":null})";
    const Ran ran = run_offline({"destination", "ls"}, {.replies = {json_reply(body)}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls[0].target.starts_with("/api/v1/destinations"));
    CHECK(ran.out.find("failing") != std::string::npos);
    CHECK(ran.out.find("refused\\x1b[1m") != std::string::npos);
}

TEST_CASE("cli: destinations are paused with a reason, resumed, and echoed") {
    const auto answer = json_reply(R"({"name":"pacs a","state":"paused"})");
    const Ran pause =
        run_offline({"destination", "pause", "pacs a", "--reason", "works", "--for", "2h"}, {.replies = {answer}});
    CHECK(pause.exit_code == 0);
    REQUIRE(pause.calls.size() == 1);
    CHECK(pause.calls[0].method == "POST");
    CHECK(pause.calls[0].target == "/api/v1/destinations/pacs%20a/pause");
    CHECK(pause.calls[0].body == R"({"reason":"works","for":"2h"})");
    CHECK(pause.out == "pacs a: paused\n");
    const Ran resume = run_offline({"destination", "resume", "pacs-a"}, {.replies = {answer}});
    CHECK(resume.calls[0].target == "/api/v1/destinations/pacs-a/resume");
    CHECK(resume.calls[0].body == "{}");
    const Ran missing = run_offline({"destination", "echo", "x"}, {.replies = {problem(404, "no destination x")}});
    CHECK(missing.exit_code == 1);
}

TEST_CASE("cli: an echo that nobody answers is a failure") {
    const Ran good =
        run_offline({"destination", "echo", "a"}, {.replies = {json_reply(R"({"ok":true,"text":"answered"})")}});
    CHECK(good.exit_code == 0);
    CHECK(good.out == "a: answered\n");
    const Ran bad =
        run_offline({"destination", "echo", "a"}, {.replies = {json_reply(R"({"ok":false,"text":"refused"})")}});
    CHECK(bad.exit_code == 1);
    CHECK(bad.out == "a: refused\n");
}

TEST_CASE("cli: history ls asks with its filters") {
    const Ran ran = run_offline({"history", "ls", "--actor", "root", "--event", "held", "--since", "4h"},
                                {.replies = {json_reply(R"({"items":[{"sequence":3,"event":"held"}],"next":null})")}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls[0].target == "/api/v1/history?since=2026-01-15T06%3A00%3A00.000Z&actor=root&event=held&limit=50");
    CHECK(ran.out.find("held") != std::string::npos);
}

TEST_CASE("cli: history export passes the file on, to the output or into a file that is whole") {
    const support::TempFolder folder;
    const auto file = folder.path() / "h.csv";
    const broker::cli::Reply csv{200, "sequence,at\r\n1,x\r\n", "text/csv"};
    const Ran out = run_offline({"history", "export", "--format", "csv", "--destination", "a"}, {.replies = {csv}});
    CHECK(out.exit_code == 0);
    CHECK(out.calls[0].target == "/api/v1/history.csv?destination=a");
    CHECK(out.out == csv.body);
    CHECK(out.err.empty());
    const Ran silent = run_offline({"history", "export"}, {.replies = {csv}});
    CHECK(silent.calls[0].target == "/api/v1/history.csv");
    CHECK(silent.out == csv.body);
    CHECK(silent.err == "exporting csv, to look at; `history verify --file` needs --format jsonl\n");
    const Ran named =
        run_offline({"history", "export", "-o", (folder.path() / "h.jsonl").string()}, {.replies = {csv}});
    CHECK(named.calls[0].target == "/api/v1/history.jsonl");
    CHECK(named.err.empty());
    const Ran into = run_offline({"history", "export", "--format", "jsonl", "-o", file.string()}, {.replies = {csv}});
    CHECK(into.exit_code == 0);
    CHECK(into.calls[0].target == "/api/v1/history.jsonl");
    CHECK(content_of(file) == csv.body);

    const Ran refused = run_offline({"history", "export", "-o", file.string()}, {.replies = {problem(503, "busy")}});
    CHECK(refused.exit_code == 1);
    CHECK(content_of(file) == csv.body);
    CHECK_FALSE(std::filesystem::exists(file.string() + ".part"));
}

TEST_CASE("cli: an export goes into a pipe or a device as it stands, and never takes its place") {
    const support::TempFolder folder;
    const broker::cli::Reply csv{200, "sequence,at\r\n1,x\r\n", "text/csv"};
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    // Open at both ends, so that neither end waits for the other.
    const int reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader >= 0);
    CHECK(run_offline({"history", "export", "-o", pipe.string()}, {.replies = {csv}}).exit_code == 0);
    std::string got(100, ' ');
    const auto size = ::read(reader, got.data(), got.size());
    ::close(reader);
    REQUIRE(size > 0);
    CHECK(got.substr(0, static_cast<std::size_t>(size)) == csv.body);
    CHECK(std::filesystem::is_fifo(pipe));

    // Through a link, so that a defect replaces the link and not the device.
    const auto full = folder.path() / "full";
    std::filesystem::create_symlink("/dev/full", full);
    const Ran lost = run_offline({"history", "export", "-o", full.string()}, {.replies = {csv}});
    CHECK(lost.exit_code == 1);
    CHECK(lost.err.find("is the disk full?") != std::string::npos);
    CHECK(std::filesystem::is_symlink(full));
    CHECK_FALSE(std::filesystem::exists(full.string() + ".part"));
}

TEST_CASE("cli: an export to a link becomes the file that it leads to, and what cannot be written is named") {
    const support::TempFolder folder;
    const broker::cli::Reply csv{200, "sequence,at\r\n1,x\r\n", "text/csv"};
    const auto at = [&](const char* name) { return folder.path() / name; };
    const auto export_to = [&](const std::filesystem::path& file) {
        return run_offline({"history", "export", "-o", file.string()}, {.replies = {csv}});
    };
    std::filesystem::create_directory(at("kept"));
    std::filesystem::create_symlink("kept/h.csv", at("inner"));
    std::filesystem::create_symlink(at("inner"), at("outer"));
    CHECK(export_to(at("outer")).exit_code == 0);
    CHECK(std::filesystem::is_symlink(at("outer")));
    CHECK(std::filesystem::is_symlink(at("inner")));
    CHECK(content_of(at("kept/h.csv")) == csv.body);
    CHECK_FALSE(std::filesystem::exists(at("kept/h.csv.part")));

    std::filesystem::create_symlink("round", at("round"));
    CHECK(export_to(at("round")).err.find("its links go round in circles") != std::string::npos);
    CHECK(export_to(at("kept")).err.find("it is a folder") != std::string::npos);
    REQUIRE(::mkfifo(at("taken.part").c_str(), 0600) == 0);
    const Ran taken = export_to(at("taken"));
    CHECK(taken.exit_code == 1);
    CHECK(taken.err.find("taken.part (it is there and is no regular file)") != std::string::npos);
    CHECK(std::filesystem::is_fifo(at("taken.part")));
}

TEST_CASE("cli: history verify is 0 for intact, 1 for broken, and silence is not intact") {
    struct Row {
        std::string body;
        int exit_code;
        std::string out;
    };
    const Row rows[] = {{R"({"intact":true,"rows":42})", 0, "intact: 42 rows\n"},
                        {R"({"intact":false,"rows":42,"broken_at":17})", 1, "broken at row 17\n"},
                        {R"({"intact":true,"rows":42,"broken_at":17})", 1, "broken at row 17\n"},
                        {R"({"rows":42})", 1, ""},
                        {R"({"intact":true})", 1, ""},
                        {"{}", 1, ""}};
    for (const Row& row : rows) {
        CAPTURE(row.body);
        const Ran ran = run_offline({"history", "verify"}, {.replies = {json_reply(row.body)}});
        CHECK(ran.exit_code == row.exit_code);
        CHECK(ran.out == row.out);
    }
    const std::string tip(64, 'c');
    const std::string told = R"({"intact":true,"rows":42,"tip":")" + tip + "\"}";
    CHECK(run_offline({"history", "verify"}, {.replies = {json_reply(told)}}).out.find(tip) != std::string::npos);
    const Ran as_json = run_offline({"history", "verify", "--json"}, {.replies = {json_reply(told)}});
    CHECK(boost::json::parse(as_json.out).at("tip") == boost::json::value(tip));
    const std::string anchor(64, 'a');
    const Ran lost = run_offline({"history", "verify", "--anchor", anchor},
                                 {.replies = {json_reply(R"({"intact":true,"rows":42,"anchor_found":false})")}});
    CHECK(lost.calls[0].target == "/api/v1/history/verify?anchor=" + anchor);
    CHECK(lost.exit_code == 1);
}

TEST_CASE("cli: history verify --file checks an export without a broker") {
    const support::TempFolder folder;
    const auto file = folder.path() / "h.jsonl";
    auto lines = exported_rows();
    write_lines(file, lines);
    const Ran intact = run_cli({"history", "verify", "--file", file.string()});
    CHECK(intact.exit_code == 0);
    CHECK(intact.out.starts_with("intact: 3 rows\n"));
    CHECK(intact.hooks.empty());
    const auto found = boost::json::parse(run_cli({"history", "verify", "--json", "--file", file.string()}).out);
    const std::string tip(found.at("tip").as_string());
    CHECK(lines[2].find(tip) != std::string::npos);
    CHECK(intact.out.find(tip) != std::string::npos);
    CHECK(run_cli({"history", "verify", "--file", file.string(), "--anchor", tip}).exit_code == 0);

    const auto word = lines[1].find("root");
    REQUIRE(word != std::string::npos);
    auto changed = lines;
    changed[1].replace(word, 4, "toor");
    write_lines(file, changed);
    const Ran broken = run_cli({"history", "verify", "--file", file.string()});
    CHECK(broken.exit_code == 1);
    CHECK(broken.out == "broken at row 2\n");

    write_lines(file, {"sequence,node,at\r", "1,n,x\r"});
    const Ran csv = run_cli({"history", "verify", "--file", file.string()});
    CHECK(csv.exit_code == 2);
    CHECK(csv.err.find("is a csv export") != std::string::npos);
    CHECK(csv.err.find("--format jsonl") != std::string::npos);

    write_lines(file, {lines[0], lines[2]});
    CHECK(run_cli({"history", "verify", "--file", file.string()}).exit_code == 1);
    write_lines(file, {lines[0], "", lines[1]});
    const Ran blank = run_cli({"history", "verify", "--file", file.string()});
    CHECK(blank.exit_code == 1);
    CHECK(blank.err.find("line 2") != std::string::npos);
}

TEST_CASE("cli: spool verify reads the data folder and fails on a finding") {
    const Ran good = run_offline({"spool", "verify"}, {.spool = {.blobs = 2, .bytes = 10, .findings = {}}});
    CHECK(good.exit_code == 0);
    CHECK(good.out == "2 blobs, 10 bytes, 0 findings\n");
    CHECK(good.hooks == std::vector<std::string>{"verify_spool /a/data/folder"});
    const Ran bad =
        run_offline({"spool", "verify"},
                    {.is_terminal = true, .spool = {.blobs = 2, .bytes = 10, .findings = {{"9f3c", "damaged"}}}});
    CHECK(bad.exit_code == 1);
    CHECK(bad.out.find("damaged  9f3c") != std::string::npos);
    CHECK(bad.err.find("50 %") != std::string::npos);
    const Ran json =
        run_cli({"spool", "verify", "--json"}, {.configuration = "[node]\ndata_dir = \"/b\"\n", .spool = {}});
    CHECK(json.hooks == std::vector<std::string>{"verify_spool /b"});
    CHECK(boost::json::parse(json.out).at("findings").as_array().empty());
}

TEST_CASE("cli: spool stat shows the spool of the status") {
    const std::string status = R"({"node":"n","spool":{"bytes":100,"free_bytes":50,"state":"ok","full_at":null,)"
                               R"("by_reason":{"unrouted":3}}})";
    const Ran ran = run_offline({"spool", "stat"}, {.replies = {json_reply(status)}});
    CHECK(ran.exit_code == 0);
    CHECK(ran.calls[0].target == "/api/v1/status");
    CHECK(ran.out.find("by_reason.unrouted") != std::string::npos);
    CHECK(run_offline({"spool", "stat"}, {.replies = {json_reply("{}")}}).exit_code == 1);
}
