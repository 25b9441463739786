/// Document: reading files with a limit, and variables.
#include "broker/config/document.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

namespace broker::config {

namespace fs = std::filesystem;

namespace {

bool is_variable(std::string_view name) {
    return !name.empty() && (name.front() < '0' || name.front() > '9') &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// `text` with every variable replaced; adds a problem at `node` for each one that cannot be.
std::string expanded(Reading& reading, const toml::node& node, std::string_view text, Variables variables) {
    std::string out;
    while (true) {
        std::size_t start = text.find("${");
        if (start == std::string_view::npos) return out.append(text);
        if (start > 0 && text[start - 1] == '$') {
            out.append(text.substr(0, start - 1)).append("${");
            text.remove_prefix(start + 2);
            continue;
        }
        std::size_t end = text.find('}', start);
        std::string name{text.substr(start + 2, end == std::string_view::npos ? end : end - start - 2)};
        const bool is_one = end != std::string_view::npos && is_variable(name);
        const bool may_use = variables == Variables::of_this_process;
        const char* value = is_one && may_use ? std::getenv(name.c_str()) : nullptr;
        if (!value) {
            std::string why = !is_one ? "\"${\" begins no variable; write ${NAME}, or $${ for the characters themselves"
                              : may_use ? "the environment variable " + name + " is not set"
                                        : "a text that is sent may not use ${" + name + "}; put in what it stands for";
            reading.problem("", Reading::place_of(node.source()), why);
            reading.mark_unresolved(node);
            return std::string{text};
        }
        out.append(text.substr(0, start)).append(value);
        text.remove_prefix(end + 1);
    }
}

void substitute_text(Reading& reading, toml::node& node, toml::value<std::string>& text, Variables variables) {
    std::string before = text.get();
    if (before.find("${") == std::string::npos) return;
    text.get() = expanded(reading, node, before, variables);
    bool is_whole = before.starts_with("${") && before.find('}') + 1 == before.size();
    if (is_whole && !reading.is_unresolved(node)) reading.mark_substituted(node);
}

}  // namespace

std::vector<fs::path> files_of(Reading& reading, const fs::path& path) {
    std::vector<fs::path> files;
    fs::path folder = path.parent_path() / "conf.d";
    std::error_code error;
    for (fs::directory_iterator each{folder, error}, end; !error && each != end; each.increment(error)) {
        std::string name = each->path().filename().string();
        if (each->path().extension() == ".toml" && !name.starts_with('.')) files.push_back(each->path());
    }
    if (error && error != std::errc::no_such_file_or_directory)
        reading.problem("", {folder.string(), 0}, "cannot be listed: " + error.message());
    if (files.size() > files_max) {
        reading.problem("", {folder.string(), 0}, "holds more than " + std::to_string(files_max) + " files");
        files.clear();
    }
    std::sort(files.begin(), files.end());
    files.insert(files.begin(), path);
    return files;
}

toml::table parse_file(Reading& reading, const fs::path& path) {
    // A pipe would be waited for, by whoever reloads, for ever.
    std::error_code unseen;
    const fs::file_status status = fs::status(path, unseen);
    if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
        reading.problem("", {path.string(), 0}, "is no regular file");
        return {};
    }
    std::ifstream file{path, std::ios::binary};
    std::string bytes(file_bytes_max + 1, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    std::error_code error;
    if (fs::is_directory(path, error) || (!file && !file.eof())) {
        bool absent = !fs::exists(path, error);
        reading.problem("", {path.string(), 0},
                        absent ? "does not exist" : "cannot be read; look at its owner and mode");
        return {};
    }
    return parse_text(reading, bytes, path.string());
}

namespace {

/// Levels that one dotted key may go through: toml++ walks them by recursion, and only limits brackets.
constexpr std::size_t key_parts_max = 16;

/// Past a string that begins at `at`, of any of TOML's four kinds; the end of the text where it has none.
std::size_t behind_string(std::string_view bytes, std::size_t at) {
    const char quote = bytes[at];
    const std::string three(3, quote);
    const bool is_long = bytes.substr(at, 3) == three;
    for (std::size_t i = at + (is_long ? 3 : 1); i < bytes.size(); ++i) {
        if (quote == '"' && bytes[i] == '\\') {
            ++i;
            continue;
        }
        if (!is_long && (bytes[i] == quote || bytes[i] == '\n')) return i + 1;
        if (is_long && bytes.substr(i, 3) == three) return i + 3;
    }
    return bytes.size();
}

/// The line of the first key with too many parts, or nothing. A key is what stands between these: = [ ] { } , and the
/// ends of lines.
std::optional<std::size_t> line_of_endless_key(std::string_view bytes) {
    std::size_t parts = 1, line = 1;
    for (std::size_t at = 0; at < bytes.size();) {
        const char c = bytes[at];
        if (c == '"' || c == '\'') {
            const std::size_t end = behind_string(bytes, at);
            line += static_cast<std::size_t>(std::count(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                                        bytes.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
            at = end;
            continue;
        }
        if (c == '#') {
            at = std::min(bytes.find('\n', at), bytes.size());
            continue;
        }
        if (c == '.' && ++parts > key_parts_max) return line;
        if (std::string_view("=[]{},\n").find(c) != std::string_view::npos) parts = 1;
        line += c == '\n' ? 1U : 0U;
        ++at;
    }
    return std::nullopt;
}

}  // namespace

toml::table parse_text(Reading& reading, std::string_view bytes, const std::string& name) {
    if (bytes.size() > file_bytes_max) {
        reading.problem("", {name, 0}, "is larger than " + std::to_string(file_bytes_max) + " bytes");
        return {};
    }
    if (const auto line = line_of_endless_key(bytes)) {
        reading.problem("", {name, static_cast<unsigned>(*line)},
                        "has a key of more than " + std::to_string(key_parts_max) + " parts");
        return {};
    }
    try {
        return toml::parse(bytes, name);
    } catch (const toml::parse_error& broken) {
        reading.problem("", Reading::place_of(broken.source()), "is not TOML: " + std::string{broken.description()});
        return {};
    }
}

void substitute_environment(Reading& reading, toml::node& node, Variables variables) {
    if (toml::value<std::string>* text = node.as_string())
        substitute_text(reading, node, *text, variables);
    else if (toml::array* array = node.as_array())
        for (toml::node& each : *array) substitute_environment(reading, each, variables);
    else if (toml::table* table = node.as_table())
        for (auto&& [key, each] : *table) substitute_environment(reading, each, variables);
}

}  // namespace broker::config
