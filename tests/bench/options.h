/// Options: the command line of a benchmark program, `--name value` pairs.
///
/// One thread. Ends the program with exit 2 and one line on stderr where the line is wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace bench {

class Options {
public:
    /// `known`: the names with their defaults; an empty default means that the option must be given.
    Options(int count, char** words, std::map<std::string, std::string> known) : values_(std::move(known)) {
        for (int i = 1; i < count; i += 2) {
            const std::string name = words[i];
            const auto found = name.starts_with("--") ? values_.find(name.substr(2)) : values_.end();
            if (found == values_.end()) fail("unknown option " + name);
            if (i + 1 == count) fail(name + " needs a value");
            found->second = words[i + 1];
        }
        for (const auto& [name, value] : values_)
            if (value.empty()) fail("--" + name + " is missing");
    }

    const std::string& text(const std::string& name) const { return values_.at(name); }

    std::int64_t number(const std::string& name) const {
        const std::string& value = text(name);
        char* end = nullptr;
        const std::int64_t result = std::strtoll(value.c_str(), &end, 10);
        if (*end != '\0' || result < 0) fail("--" + name + " is not a number: " + value);
        return result;
    }

private:
    [[noreturn]] static void fail(const std::string& why) {
        std::fprintf(stderr, "%s\n", why.c_str());
        std::exit(2);
    }

    std::map<std::string, std::string> values_;
};

}  // namespace bench
