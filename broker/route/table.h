/// Table: what an edit's `map` looks values up in: a CSV file of two columns, read whole.
///
/// Tables: any thread; the rest are values and pure functions. Texts of faults name lines and columns, never what
/// stands in them: those are patients' numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace broker::route {

inline constexpr std::size_t table_bytes_max = 16U << 20;
inline constexpr std::size_t table_rows_max = 500'000;

/// Why there is no table, to go on behind the file's name: "line 3 has 3 columns, not 2".
struct TableFault {
    std::string text;
};

class Table {
public:
    /// Null where no row has the key. Keys are compared byte by byte.
    const std::string* find(const std::string& key) const {
        const auto found = rows_.find(key);
        return found == rows_.end() ? nullptr : &found->second.value;
    }
    std::size_t size() const { return rows_.size(); }
    void add(std::string key, std::string value, std::uint32_t line) {
        rows_.try_emplace(std::move(key), Row{std::move(value), line});
    }

    /// Of the values that cannot stand in an element of this VR the first in the file; nothing where all can.
    std::optional<TableFault> fault_of(std::string_view vr) const;

private:
    struct Row {
        std::string value;
        std::uint32_t line;
    };
    std::unordered_map<std::string, Row> rows_;
};

/// RFC 4180: fields in quotes may hold commas, line ends and doubled quotes; lines end with CR LF or LF. A byte order
/// mark is passed over, and so are empty lines; the last line must end as well, or the file may be half. UTF-8, without
/// a heading: the first line is a row like any other.
std::variant<Table, TableFault> parse_table(std::string_view csv);

/// Reads the file now; what is no file, too large or no table is a fault.
std::variant<Table, TableFault> read_table(const std::filesystem::path& file);

/// Tables that were read, each read again when its file changed.
class Tables {
public:
    std::variant<std::shared_ptr<const Table>, TableFault> at(const std::filesystem::path& file);

private:
    struct Kept {
        std::int64_t changed_at_ns = 0, inode = 0, bytes = 0;
        std::shared_ptr<const Table> table;
    };
    std::mutex mutex_;  ///< guards kept_
    std::map<std::filesystem::path, Kept> kept_;
};

}  // namespace broker::route
