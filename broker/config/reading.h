/// Reading: what is found while one configuration is read: where each key stands, and what is wrong.
///
/// One thread. Internal to this folder: headers that show toml++ stay here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "broker/config/problem.h"

namespace broker::config {

/// `dicom.port`, `destination[0].tls`: how a key is found again. Tables of an array count from 0 over all files.
using Path = std::string;

class Reading {
public:
    struct Place {
        std::string file;
        unsigned line = 0;
    };

    static Place place_of(const toml::source_region& source);

    /// Notes that a value stands at `path`. False, and a problem naming both places, where one stood there before.
    bool take(const Path& path, const toml::node& node);

    /// Notes where a table stands; it may come in several pieces.
    void enter(const Path& path, const toml::node& node);

    bool has(const Path& path) const { return places_.contains(path); }
    const std::map<Path, Place>& places() const { return places_; }

    /// Adds a problem at the key, or at the innermost table around it that stands in a file.
    void problem(const Path& path, std::string text);
    void problem(const Path& path, Place place, std::string text);
    void notice(const Path& path, std::string text);

    /// How the table at `path` is called in problems, instead of its number.
    void label(const Path& path, std::string name) { labels_[path] = std::move(name); }

    /// Marks what the environment has put in place of a whole value, which may then be a number, too.
    void mark_substituted(const toml::node& node) { substituted_.insert(&node); }
    bool is_substituted(const toml::node& node) const { return substituted_.contains(&node); }
    void mark_unresolved(const toml::node& node) { unresolved_.insert(&node); }
    bool is_unresolved(const toml::node& node) const { return unresolved_.contains(&node); }

    /// The keys of the tables around the one that is being read, innermost last.
    struct Enclosing {
        Path path;
        std::vector<std::string> keys;
    };
    std::vector<Enclosing>& enclosing() { return enclosing_; }

    /// Everything found, in the order of files and lines.
    std::vector<Problem> problems() const;
    std::vector<Problem> notices() const { return notices_; }
    bool is_clean() const { return problems_.empty(); }

private:
    Place nearest_place(Path path) const;
    Problem make(const Path& path, const Place& place, std::string text) const;
    std::string shown(const Path& path) const;

    std::map<Path, Place> places_;
    std::map<Path, std::string> labels_;
    std::set<const toml::node*> substituted_, unresolved_;
    std::vector<Enclosing> enclosing_;
    std::vector<Problem> problems_, notices_;
};

/// Adds the problem of an unknown key, with the best guess at what was meant: a key of a table around this one, a
/// secret written down, or a slip of the keyboard. `path` is the table's.
void unknown_key(Reading& reading, const Path& path, const toml::key& key, const std::vector<std::string>& known);

/// `text` as TOML would read it without quotes, under the key "value"; empty where it is no such value.
toml::table as_literal(std::string_view text);

/// The table as its heading is written: `[destination.tls]`.
std::string heading(const Path& path);

}  // namespace broker::config
