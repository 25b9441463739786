/// outbox_schema: writes what the migrations make to a file (`--write FILE`), or compares it (`--compare FILE`).
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "outbox/migrator.h"
#include "tests/support/temp_folder.h"

static std::string present_schema() {
    support::TempFolder folder;
    outbox::Database database(folder.path() / "outbox.db", outbox::Database::Role::writer);
    outbox::migrate(database);
    return "-- What the migrations make. Written by: cmake --build build --target schema\n" +
           outbox::schema_text(database);
}

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "outbox_schema: --write FILE or --compare FILE\n";
        return 2;
    }
    const std::string mode = arguments[1];
    const auto schema = present_schema();
    if (mode == "--write") {
        std::ofstream(arguments[2]) << schema;
        return 0;
    }
    std::stringstream kept;
    kept << std::ifstream(arguments[2]).rdbuf();
    if (kept.str() == schema) return 0;
    std::cerr << arguments[2] << " differs from what the migrations make: run cmake --build build --target schema\n";
    return 1;
}
