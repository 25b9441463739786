/// Reading: places, problems in order, and guesses at unknown keys.
#include "broker/config/reading.h"

#include <algorithm>

#include "broker/route/nearest.h"

namespace broker::config {

namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool sounds_secret(std::string_view key) {
    for (std::string_view word : {"password", "passwd", "secret", "token"})
        if (key.find(word) != std::string_view::npos) return true;
    return false;
}

Path parent_of(const Path& path) {
    std::size_t dot = path.rfind('.');
    return dot == Path::npos ? Path{} : path.substr(0, dot);
}

}  // namespace

std::string print(const Problem& problem) {
    std::string text = problem.file;
    if (problem.line != 0) text += ":" + std::to_string(problem.line);
    if (!text.empty()) text += ": ";
    if (!problem.key.empty()) text += problem.key + ": ";
    return text + problem.text;
}

Reading::Place Reading::place_of(const toml::source_region& source) {
    return {source.path ? *source.path : std::string{}, static_cast<unsigned>(source.begin.line)};
}

bool Reading::take(const Path& path, const toml::node& node) {
    Place place = place_of(node.source());
    auto [known, added] = places_.try_emplace(path, place);
    if (added) return true;
    problem(path, place,
            "is set twice; it stands in " + known->second.file + ":" + std::to_string(known->second.line) + ", too");
    return false;
}

void Reading::enter(const Path& path, const toml::node& node) {
    places_.try_emplace(path, place_of(node.source()));
}

Reading::Place Reading::nearest_place(Path path) const {
    while (!path.empty()) {
        if (auto found = places_.find(path); found != places_.end()) return found->second;
        path = parent_of(path);
    }
    return {};
}

std::string Reading::shown(const Path& path) const {
    std::string text = path;
    for (const auto& [labelled, name] : labels_) {
        if (path != labelled && !path.starts_with(labelled + ".")) continue;
        text = labelled.substr(0, labelled.find('[')) + "[" + name + "]" + path.substr(labelled.size());
    }
    return text;
}

Problem Reading::make(const Path& path, const Place& place, std::string text) const {
    return {place.file, place.line, shown(path), std::move(text)};
}

void Reading::problem(const Path& path, std::string text) {
    problem(path, nearest_place(path), std::move(text));
}

void Reading::problem(const Path& path, Place place, std::string text) {
    problems_.push_back(make(path, place, std::move(text)));
}

void Reading::notice(const Path& path, std::string text) {
    notices_.push_back(make(path, nearest_place(path), std::move(text)));
}

std::vector<Problem> Reading::problems() const {
    std::vector<Problem> sorted = problems_;
    // The files stay in the order in which they were read, which is not that of their names: the main one comes first.
    std::vector<std::string> files;
    for (const Problem& problem : sorted)
        if (!contains(files, problem.file)) files.push_back(problem.file);
    auto rank = [&](const Problem& problem) {
        return std::pair{std::find(files.begin(), files.end(), problem.file) - files.begin(), problem.line};
    };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return sorted;
}

toml::table as_literal(std::string_view text) {
    try {
        return toml::parse("value = " + std::string{text});
    } catch (const toml::parse_error&) {
        return {};
    }
}

std::string heading(const Path& path) {
    std::string text = "[";
    bool in_index = false;
    for (char c : path) {
        if (c == '[') in_index = true;
        if (!in_index) text += c;
        if (c == ']') in_index = false;
    }
    return text + "]";
}

void unknown_key(Reading& reading, const Path& path, const toml::key& key, const std::vector<std::string>& known) {
    std::string word{key.str()};
    std::string text = "unknown key";
    auto outer = std::find_if(reading.enclosing().rbegin(), reading.enclosing().rend(),
                              [&](const Reading::Enclosing& table) { return contains(table.keys, word); });
    if (contains(known, word + "_file"))
        text = "secrets are read only from a file or the environment; use " + word + "_file or " + word + "_env";
    else if (outer != reading.enclosing().rend())
        text += "; belongs above " + heading(path) + "?";
    else if (std::optional<std::string> meant = route::nearest(word, known))
        text += "; did you mean \"" + *meant + "\"?";
    else if (sounds_secret(word))
        text += "; and secrets are read only from a file or the environment (…_file, …_env)";
    reading.problem(path.empty() ? word : path + "." + word, Reading::place_of(key.source()), text);
}

}  // namespace broker::config
