/// deliver_classification: writes the classification as a table to a file (`--write FILE`), or compares it (`--compare
/// FILE`).
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/broker/deliver/row_words.h"

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "deliver_classification: --write FILE or --compare FILE\n";
        return 2;
    }
    const std::string mode = arguments[1];
    const auto table = support::classification_markdown();
    if (mode == "--write") {
        std::ofstream(arguments[2]) << table;
        return 0;
    }
    std::stringstream kept;
    kept << std::ifstream(arguments[2]).rdbuf();
    if (kept.str() == table) return 0;
    std::cerr << arguments[2]
              << " differs from the table in classification.cpp: run cmake --build build --target classification\n";
    return 1;
}
