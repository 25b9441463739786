#include "tests/support/fault_disk.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <random>

namespace support {

namespace {

constexpr std::size_t sector_bytes = 512;
constexpr FaultDisk::Handle no_owner = -1;

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> parts;
    std::string part;
    for (char c : path + "/") {
        if (c != '/') {
            part += c;
            continue;
        }
        if (!part.empty() && part != ".") parts.push_back(part);
        part.clear();
    }
    return parts;
}

}  // namespace

struct FaultDisk::Node {
    /// What a name may stand for after a power cut, oldest first: the front is durable, the back is what programs see.
    /// A null pointer is "no such name".
    using Versions = std::vector<NodePtr>;

    bool is_folder = false;
    std::vector<std::byte> bytes;
    std::vector<std::byte> durable_bytes;
    std::uint64_t reserved_end = 0;
    std::map<std::string, Versions> entries;
    std::int64_t modified_at_ms = 0;
    std::int64_t changed_at_ms = 0;
    Handle locked_by = no_owner;

    NodePtr entry(const std::string& name) const {
        auto found = entries.find(name);
        return found == entries.end() ? nullptr : found->second.back();
    }
    void set_entry(const std::string& name, NodePtr node) {
        auto& versions = entries[name];
        if (versions.empty()) versions.push_back(nullptr);
        versions.push_back(std::move(node));
    }
    void sync_entries() {
        for (auto entry = entries.begin(); entry != entries.end();) {
            entry->second.erase(entry->second.begin(), entry->second.end() - 1);
            entry = entry->second.back() ? std::next(entry) : entries.erase(entry);
        }
    }
};

/// Where a name leads: the folder it is in (null when there is none), its last part, and what it stands for now.
struct FaultDisk::Found {
    NodePtr folder;
    std::string name;
    NodePtr node;
};

FaultDisk::FaultDisk() : root_(std::make_shared<Node>()) {
    root_->is_folder = true;
}
FaultDisk::~FaultDisk() = default;

std::uint64_t FaultDisk::started_writing() const {
    std::lock_guard lock(mutex_);
    return started_writing_;
}

std::uint64_t FaultDisk::started_reading() const {
    std::lock_guard lock(mutex_);
    return started_reading_;
}

std::uint64_t FaultDisk::calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
}
void FaultDisk::set_fault(const Fault& fault) {
    std::lock_guard lock(mutex_);
    fault_ = fault;
}
void FaultDisk::set_lies(const Lies& lies) {
    std::lock_guard lock(mutex_);
    lies_ = lies;
}
void FaultDisk::set_short_io(bool is_short) {
    std::lock_guard lock(mutex_);
    is_short_ = is_short;
}
void FaultDisk::set_capacity(std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    capacity_ = bytes;
}
void FaultDisk::set_has_unnamed(bool has) {
    std::lock_guard lock(mutex_);
    has_unnamed_ = has;
}
void FaultDisk::set_has_folder_sync(bool has) {
    std::lock_guard lock(mutex_);
    has_folder_sync_ = has;
}
void FaultDisk::set_has_links(bool has) {
    std::lock_guard lock(mutex_);
    has_links_ = has;
}
void FaultDisk::set_now_ms(std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    now_ms_ = now_ms;
}

namespace {

using Keep = FaultDisk::Loss::Keep;

/// Copies what the medium holds after the cut, node by node; a node with two names stays one node.
struct Survivor {
    Keep keep;
    std::mt19937_64 random;
    std::map<const FaultDisk::Node*, std::shared_ptr<FaultDisk::Node>> copies;

    std::size_t choose(std::size_t count) {
        if (keep == Keep::nothing) return 0;
        return keep == Keep::everything ? count - 1 : random() % count;
    }

    std::vector<std::byte> torn(const FaultDisk::Node& node);
    std::shared_ptr<FaultDisk::Node> copy(const std::shared_ptr<FaultDisk::Node>& node);
};

std::vector<std::byte> Survivor::torn(const FaultDisk::Node& node) {
    if (keep == Keep::nothing || node.bytes == node.durable_bytes) return node.durable_bytes;
    if (keep == Keep::everything) return node.bytes;
    std::vector<std::byte> result(choose(2) == 0 ? node.durable_bytes.size() : node.bytes.size());
    for (std::size_t at = 0; at < result.size(); at += sector_bytes) {
        const auto& from = choose(2) == 0 ? node.durable_bytes : node.bytes;
        std::size_t end = std::min({at + sector_bytes, result.size(), from.size()});
        if (at < end)
            std::copy(from.begin() + static_cast<std::ptrdiff_t>(at), from.begin() + static_cast<std::ptrdiff_t>(end),
                      result.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return result;
}

std::shared_ptr<FaultDisk::Node> Survivor::copy(const std::shared_ptr<FaultDisk::Node>& node) {
    if (!node) return nullptr;
    auto& made = copies[node.get()];
    if (made) return made;
    auto result = std::make_shared<FaultDisk::Node>();
    made = result;
    result->is_folder = node->is_folder;
    result->bytes = torn(*node);
    result->durable_bytes = result->bytes;
    result->modified_at_ms = node->modified_at_ms;
    result->changed_at_ms = node->changed_at_ms;
    for (const auto& [name, versions] : node->entries) {
        if (auto kept = copy(versions[choose(versions.size())])) result->entries[name] = {kept};
    }
    return result;
}

}  // namespace

std::unique_ptr<FaultDisk> FaultDisk::after_power_cut(const Loss& loss) const {
    std::lock_guard lock(mutex_);
    Survivor survivor{loss.keep, std::mt19937_64(loss.seed), {}};
    auto disk = std::make_unique<FaultDisk>();
    disk->root_ = survivor.copy(root_);
    disk->has_unnamed_ = has_unnamed_;
    disk->now_ms_ = now_ms_;
    for (const auto& [from, node] : survivor.copies) disk->files_.push_back(node);
    return disk;
}

FaultDisk::Found FaultDisk::find_path(const std::string& path) const {
    return find({whole_system, path});
}

FaultDisk::Found FaultDisk::find(const Place& place) const {
    Found found{nullptr, "", place.folder == whole_system ? root_ : node_of(place.folder)};
    for (const std::string& part : split(place.name)) {
        if (!found.node || !found.node->is_folder) return {};
        found = {found.node, part, found.node->entry(part)};
    }
    return found;
}

void FaultDisk::put(const std::string& path, const std::vector<std::byte>& bytes) {
    std::lock_guard lock(mutex_);
    auto found = find_path(path);
    assert(found.folder);
    auto node = new_file();
    node->bytes = node->durable_bytes = bytes;
    found.folder->entries[found.name] = {node};
}

bool FaultDisk::has(const std::string& path) const {
    std::lock_guard lock(mutex_);
    return find_path(path).node != nullptr;
}

std::vector<std::byte> FaultDisk::bytes(const std::string& path) const {
    std::lock_guard lock(mutex_);
    auto found = find_path(path);
    return found.node ? found.node->bytes : std::vector<std::byte>{};
}

std::vector<std::string> FaultDisk::names(const std::string& folder) const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    auto found = find_path(folder);
    assert(found.node);
    for (const auto& [name, versions] : found.node->entries) {
        if (versions.back()) names.push_back(name);
    }
    return names;
}

template <typename Call>
auto FaultDisk::run(Call call) -> decltype(call()) {
    std::lock_guard lock(mutex_);
    ++calls_;
    bool is_the_one = calls_ == fault_.at;
    bool fails = is_the_one || (fault_.for_ever && fault_.at != 0 && calls_ > fault_.at);
    if (!fails) return call();
    if (is_the_one && fault_.has_effect) call();
    return -fault_.error;
}

FaultDisk::NodePtr FaultDisk::node_of(Handle handle) const {
    auto found = open_.find(handle);
    assert(found != open_.end() && "a handle that is not open");
    return found->second;
}

FaultDisk::NodePtr FaultDisk::new_file() {
    auto node = std::make_shared<Node>();
    node->modified_at_ms = node->changed_at_ms = now_ms_;
    files_.push_back(node);
    return node;
}

FaultDisk::Handle FaultDisk::new_handle(NodePtr node) {
    open_[next_handle_] = std::move(node);
    return next_handle_++;
}

bool FaultDisk::fits(const NodePtr& node, std::uint64_t end) const {
    std::uint64_t used = 0;
    for (const auto& weak : files_) {
        auto file = weak.lock();
        if (!file) continue;
        std::uint64_t taken = std::max<std::uint64_t>(file->bytes.size(), file->reserved_end);
        used += file == node ? std::max(taken, end) : taken;
    }
    return used <= capacity_;
}

int FaultDisk::open(const Place& place, Open how) {
    return run([&]() -> int {
        auto found = find(place);
        if (how == Open::unnamed) {
            if (!has_unnamed_) return -EOPNOTSUPP;
            return found.node ? new_handle(new_file()) : -ENOENT;
        }
        if (how == Open::folder) {
            if (found.node && !found.node->is_folder) return -ENOTDIR;
            return found.node ? new_handle(found.node) : -ENOENT;
        }
        if (found.node && how == Open::create) return -EEXIST;
        if (found.node) return new_handle(found.node);
        if (!found.folder || how == Open::read) return -ENOENT;
        auto node = new_file();
        found.folder->set_entry(found.name, node);
        return new_handle(node);
    });
}

void FaultDisk::close(Handle handle) noexcept {
    std::lock_guard lock(mutex_);
    auto node = node_of(handle);
    if (node->locked_by == handle) node->locked_by = no_owner;
    open_.erase(handle);
}

int FaultDisk::make_folder(const Place& place) {
    return run([&]() -> int {
        auto found = find(place);
        if (found.node) return -EEXIST;
        if (!found.folder) return -ENOENT;
        auto node = std::make_shared<Node>();
        node->is_folder = true;
        found.folder->set_entry(found.name, node);
        return 0;
    });
}

std::int64_t FaultDisk::write(Handle file, std::uint64_t offset, std::span<const std::byte> bytes) {
    return run([&]() -> std::int64_t {
        auto node = node_of(file);
        std::size_t count = is_short_ ? (bytes.size() + 1) / 2 : bytes.size();
        if (!fits(node, offset + count)) return -ENOSPC;
        if (node->bytes.size() < offset + count) node->bytes.resize(offset + count);
        std::copy_n(bytes.begin(), count, node->bytes.begin() + static_cast<std::ptrdiff_t>(offset));
        node->modified_at_ms = node->changed_at_ms = now_ms_;
        return static_cast<std::int64_t>(count);
    });
}

std::int64_t FaultDisk::read(Handle file, std::uint64_t offset, std::span<std::byte> into) {
    return run([&]() -> std::int64_t {
        auto node = node_of(file);
        if (node->is_folder) return -EISDIR;
        if (offset >= node->bytes.size()) return 0;
        std::size_t count = std::min<std::size_t>(into.size(), node->bytes.size() - offset);
        if (is_short_) count = (count + 1) / 2;
        std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return static_cast<std::int64_t>(count);
    });
}

int FaultDisk::reserve(Handle file, const Range& range) {
    return run([&]() -> int {
        auto node = node_of(file);
        if (!fits(node, range.offset + range.bytes)) return -ENOSPC;
        node->reserved_end = std::max(node->reserved_end, range.offset + range.bytes);
        return 0;
    });
}

int FaultDisk::cut(Handle file, std::uint64_t size) {
    return run([&]() -> int {
        auto node = node_of(file);
        node->bytes.resize(size);
        node->reserved_end = size;
        return 0;
    });
}

void FaultDisk::start_reading(Handle file, const Range& range) noexcept {
    std::lock_guard lock(mutex_);
    if (range.offset + range.bytes <= node_of(file)->bytes.size()) started_reading_ += range.bytes;
}

void FaultDisk::start_writing(Handle file, const Range& range) noexcept {
    std::lock_guard lock(mutex_);
    // Orders for what is not there yet would be for nothing.
    if (range.offset + range.bytes <= node_of(file)->bytes.size()) started_writing_ += range.bytes;
}

int FaultDisk::sync_bytes(Handle file) {
    return run([&]() -> int {
        auto node = node_of(file);
        if (!lies_.sync_bytes) node->durable_bytes = node->bytes;
        return 0;
    });
}

int FaultDisk::sync_folder(Handle folder) {
    return run([&]() -> int {
        if (!has_folder_sync_) return -EINVAL;
        auto node = node_of(folder);
        if (!node->is_folder) return -ENOTDIR;
        if (!lies_.sync_folder) node->sync_entries();
        return 0;
    });
}

int FaultDisk::add_name(const NodePtr& node, const Found& to) {
    if (!to.folder) return -ENOENT;
    if (to.node) return -EEXIST;
    if (!has_links_ || node->is_folder) return -EPERM;
    to.folder->set_entry(to.name, node);
    node->changed_at_ms = now_ms_;
    return 0;
}

int FaultDisk::link_open(Handle file, const Place& to) {
    return run([&]() -> int { return add_name(node_of(file), find(to)); });
}

int FaultDisk::link(const Place& from, const Place& to) {
    return run([&]() -> int {
        auto found = find(from);
        return found.node ? add_name(found.node, find(to)) : -ENOENT;
    });
}

int FaultDisk::replace(const Place& from, const Place& to) {
    return run([&]() -> int {
        auto source = find(from);
        auto target = find(to);
        if (!source.node || !source.folder || !target.folder) return -ENOENT;
        if (source.node->is_folder || (target.node && target.node->is_folder)) return -EISDIR;
        if (source.node == target.node) return 0;  // POSIX: two names of one file, nothing happens
        target.folder->set_entry(target.name, source.node);
        source.folder->set_entry(source.name, nullptr);
        source.node->changed_at_ms = now_ms_;
        return 0;
    });
}

int FaultDisk::unlink(const Place& place) {
    return run([&]() -> int {
        auto found = find(place);
        if (!found.node || !found.folder) return -ENOENT;
        if (found.node->is_folder) return -EISDIR;
        found.folder->set_entry(found.name, nullptr);
        found.node->changed_at_ms = now_ms_;
        return 0;
    });
}

FaultDisk::Stat FaultDisk::stat_of(const Node& node) const {
    return {.is_file = !node.is_folder,
            .device = 1,
            .inode = reinterpret_cast<std::uintptr_t>(&node),
            .size = node.bytes.size(),
            .modified_at_ms = node.modified_at_ms,
            .changed_at_ms = node.changed_at_ms};
}

int FaultDisk::stat(Handle file, Stat& into) {
    return run([&]() -> int {
        into = stat_of(*node_of(file));
        return 0;
    });
}

int FaultDisk::stat(const Place& place, Stat& into) {
    return run([&]() -> int {
        auto found = find(place);
        if (!found.node) return -ENOENT;
        into = stat_of(*found.node);
        return 0;
    });
}

int FaultDisk::list(Handle folder, std::vector<std::string>& names) {
    return run([&]() -> int {
        auto node = node_of(folder);
        if (!node->is_folder) return -ENOTDIR;
        for (const auto& [name, versions] : node->entries) {
            if (versions.back()) names.push_back(name);
        }
        return 0;
    });
}

int FaultDisk::volume(Handle folder, Volume& into) {
    return run([&]() -> int {
        assert(node_of(folder));
        std::uint64_t used = 0;
        for (const auto& weak : files_) {
            if (auto file = weak.lock()) used += std::max<std::uint64_t>(file->bytes.size(), file->reserved_end);
        }
        into = {.total_bytes = capacity_,
                .free_bytes = capacity_ - std::min(used, capacity_),
                .free_inodes = ~std::uint64_t{0},
                .kind = "memory"};
        return 0;
    });
}

int FaultDisk::lock(Handle file) {
    return run([&]() -> int {
        auto node = node_of(file);
        if (node->locked_by != no_owner && node->locked_by != file) return -EWOULDBLOCK;
        node->locked_by = file;
        return 0;
    });
}

int FaultDisk::forget(Handle file) {
    return run([&]() -> int {
        assert(node_of(file));
        return 0;
    });
}

}  // namespace support
