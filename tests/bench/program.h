/// What surrounds every program here: an error is one line on stderr, and exit 1.
#pragma once

#include <cstdio>
#include <exception>

namespace bench {

inline int guarded(int (*program)(int, char**), int count, char** words) {
    try {
        return program(count, words);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

}  // namespace bench
