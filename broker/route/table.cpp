/// Table: the CSV reader, one pass over the bytes, and the files behind it.
#include "broker/route/table.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "broker/dicom/utf8.h"
#include "broker/dicom/value_rules.h"

namespace broker::route {
namespace {

std::string line_text(std::size_t line) {
    return "line " + std::to_string(line);
}

/// Splits rows into fields, and keeps count of lines.
class Rows {
public:
    explicit Rows(std::string_view csv) : rest_(csv) {}

    bool is_at_end() const { return rest_.empty(); }
    std::size_t line() const { return line_; }

    /// The fields of the next row, one empty field for an empty line; false where quotes don't fit.
    bool next(std::vector<std::string>& fields) {
        fields.assign(1, "");
        while (!rest_.empty()) {
            const bool is_well = rest_.front() == '"' ? quoted(fields.back()) : plain(fields.back());
            if (!is_well) return false;
            if (take("\r\n") || take("\n")) {
                ++line_;
                return true;
            }
            if (take(",")) fields.emplace_back();
        }
        return true;
    }

private:
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    bool is_end_of_field() const {
        return rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.starts_with("\r\n");
    }

    bool quoted(std::string& field) {
        rest_.remove_prefix(1);
        for (;;) {
            const std::size_t end = rest_.find('"');
            if (end == std::string_view::npos) return false;
            const std::string_view part = rest_.substr(0, end);
            field += part;
            for (const char c : part) line_ += c == '\n';
            rest_.remove_prefix(end + 1);
            if (!take("\"")) return is_end_of_field();
            field += '"';
        }
    }

    bool plain(std::string& field) {
        while (!is_end_of_field()) {
            if (rest_.front() == '"') return false;
            field += rest_.front();
            rest_.remove_prefix(1);
        }
        return true;
    }

    std::string_view rest_;
    std::size_t line_ = 1;
};

struct Status {
    std::int64_t changed_at_ns = 0, inode = 0, bytes = 0;
    bool is_file = false;
};

std::variant<Status, TableFault> status_of(const std::filesystem::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return TableFault{std::string("cannot be read: ") + std::strerror(errno)};
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    return Status{found.st_ctim.tv_sec * ns_per_s + found.st_ctim.tv_nsec, static_cast<std::int64_t>(found.st_ino),
                  found.st_size, S_ISREG(found.st_mode)};
}

}  // namespace

std::optional<TableFault> Table::fault_of(std::string_view vr) const {
    const Row* first = nullptr;
    std::string why;
    for (const auto& [key, row] : rows_) {
        if (first != nullptr && first->line < row.line) continue;
        std::string fault;
        for (const std::string& value : dicom::split_values(vr, row.value))
            if (fault.empty()) fault = dicom::fault_of(vr, value);
        if (fault.empty()) continue;
        first = &row;
        why = std::move(fault);
    }
    if (first == nullptr) return std::nullopt;
    return TableFault{line_text(first->line) + " gives " + why};
}

std::variant<Table, TableFault> parse_table(std::string_view csv) {
    if (!dicom::is_utf8(csv)) return TableFault{"is not UTF-8"};
    if (csv.find('\0') != std::string_view::npos) return TableFault{"holds NUL bytes: it is no text"};
    if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
    // Half of a file that is being written must not give half of a patient's number.
    if (!csv.empty() && !csv.ends_with('\n')) return TableFault{"doesn't end with the end of a line: is it whole?"};
    Rows rows(csv);
    Table table;
    std::unordered_map<std::string, std::size_t> lines;
    std::vector<std::string> fields;
    while (!rows.is_at_end()) {
        const std::size_t line = rows.line();
        if (!rows.next(fields)) return TableFault{line_text(line) + " has quotes that don't fit together"};
        if (fields.size() == 1 && fields.front().empty()) continue;
        if (fields.size() != 2)
            return TableFault{line_text(line) + " has " + std::to_string(fields.size()) +
                              (fields.size() == 1 ? " column" : " columns") + ", not 2"};
        if (table.size() == table_rows_max)
            return TableFault{"has more than " + std::to_string(table_rows_max) + " rows"};
        const auto [first, is_new] = lines.try_emplace(fields[0], line);
        if (!is_new && *table.find(fields[0]) != fields[1])
            return TableFault{line_text(line) + " gives the key of line " + std::to_string(first->second) +
                              " another value"};
        table.add(std::move(fields[0]), std::move(fields[1]), static_cast<std::uint32_t>(line));
    }
    return table;
}

std::variant<Table, TableFault> read_table(const std::filesystem::path& file) {
    const auto status = status_of(file);
    if (const auto* fault = std::get_if<TableFault>(&status)) return *fault;
    if (!std::get<Status>(status).is_file) return TableFault{"is no file"};
    const TableFault too_large{"is larger than " + std::to_string(table_bytes_max >> 20) + " MiB"};
    if (std::get<Status>(status).bytes > static_cast<std::int64_t>(table_bytes_max)) return too_large;
    std::ifstream in(file, std::ios::binary);
    std::string text;
    std::array<char, 64 * 1024> piece;
    while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
        text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > table_bytes_max) return too_large;  // it grows while it is read
    }
    if (!in.eof()) return TableFault{std::string("cannot be read: ") + std::strerror(errno)};
    return parse_table(text);
}

std::variant<std::shared_ptr<const Table>, TableFault> Tables::at(const std::filesystem::path& file) {
    const std::lock_guard lock(mutex_);
    const auto status = status_of(file);
    if (const auto* fault = std::get_if<TableFault>(&status)) return *fault;
    const Status& now = std::get<Status>(status);
    Kept& kept = kept_[file];
    const bool is_same =
        kept.table && kept.changed_at_ns == now.changed_at_ns && kept.inode == now.inode && kept.bytes == now.bytes;
    if (is_same) return kept.table;
    auto read = read_table(file);
    if (auto* fault = std::get_if<TableFault>(&read)) {
        kept_.erase(file);
        return *fault;
    }
    kept = {now.changed_at_ns, now.inode, now.bytes, std::make_shared<const Table>(std::get<Table>(std::move(read)))};
    return kept.table;
}

}  // namespace broker::route
