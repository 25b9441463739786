/// FaultDisk: a Disk in memory that can fail its n-th call, run full, lie about a sync, and lose power.
///
/// Any thread. It keeps, beside what a program sees, what a medium would hold: bytes that were synced, and for each
/// name all that it may stand for since its folder was synced. `after_power_cut` makes a new disk out of that, so that
/// one run gives as many crash images as a test wants to look at.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spool/disk.h"

namespace support {

class FaultDisk final : public spool::Disk {
public:
    /// Which call fails, counted from 1 over all calls but `close`, and how.
    struct Fault {
        std::uint64_t at = 0;     ///< 0: none fails
        int error = 5;            ///< an errno, EIO unless told
        bool for_ever = false;    ///< all later calls fail, too, without any effect
        bool has_effect = false;  ///< the call at `at` does its work and fails nevertheless
    };

    /// What a power cut leaves of what was not synced.
    struct Loss {
        enum class Keep { nothing, everything, some } keep = Keep::nothing;
        std::uint64_t seed = 0;  ///< chooses the `some`: each sector of 512 bytes and each name for itself
    };

    /// Where it lies: a sync that answers 0 and does nothing.
    struct Lies {
        bool sync_bytes = false;
        bool sync_folder = false;
    };

    struct Node;

    FaultDisk();
    ~FaultDisk() override;

    std::uint64_t calls() const;
    // Of all ranges together that were asked for early. Such a request is no call, and moves nothing.
    std::uint64_t started_writing() const;
    std::uint64_t started_reading() const;
    void set_fault(const Fault& fault);
    void set_lies(const Lies& lies);
    /// Each write and read takes about half of what it could.
    void set_short_io(bool is_short);
    /// Bytes of all files together; beyond, write and reserve answer ENOSPC.
    void set_capacity(std::uint64_t bytes);
    /// False: opening a file without a name answers EOPNOTSUPP.
    void set_has_unnamed(bool has);
    /// False: syncing a folder answers EINVAL.
    void set_has_folder_sync(bool has);
    /// False: link answers EPERM.
    void set_has_links(bool has);
    void set_now_ms(std::int64_t now_ms);

    /// The disk as the next start finds it. This one goes on as it is.
    std::unique_ptr<FaultDisk> after_power_cut(const Loss& loss) const;

    // A test's own hands, by absolute paths. They are no calls, and durable at once.
    void put(const std::string& path, const std::vector<std::byte>& bytes);
    bool has(const std::string& path) const;
    std::vector<std::byte> bytes(const std::string& path) const;
    std::vector<std::string> names(const std::string& folder) const;

    int open(const Place& place, Open how) override;
    void close(Handle handle) noexcept override;
    int make_folder(const Place& place) override;
    std::int64_t write(Handle file, std::uint64_t offset, std::span<const std::byte> bytes) override;
    std::int64_t read(Handle file, std::uint64_t offset, std::span<std::byte> into) override;
    int reserve(Handle file, const Range& range) override;
    int cut(Handle file, std::uint64_t size) override;
    void start_reading(Handle file, const Range& range) noexcept override;
    void start_writing(Handle file, const Range& range) noexcept override;
    int sync_bytes(Handle file) override;
    int sync_folder(Handle folder) override;
    int link_open(Handle file, const Place& to) override;
    int link(const Place& from, const Place& to) override;
    int replace(const Place& from, const Place& to) override;
    int unlink(const Place& place) override;
    int stat(Handle file, Stat& into) override;
    int stat(const Place& place, Stat& into) override;
    int list(Handle folder, std::vector<std::string>& names) override;
    int volume(Handle folder, Volume& into) override;
    int lock(Handle file) override;
    int forget(Handle file) override;

private:
    using NodePtr = std::shared_ptr<Node>;
    struct Found;

    template <typename Call>
    auto run(Call call) -> decltype(call());
    NodePtr node_of(Handle handle) const;
    Found find(const Place& place) const;
    Found find_path(const std::string& path) const;
    NodePtr new_file();
    Handle new_handle(NodePtr node);
    bool fits(const NodePtr& node, std::uint64_t end) const;
    Stat stat_of(const Node& node) const;
    int add_name(const NodePtr& node, const Found& to);

    mutable std::mutex mutex_;  // guards all that follows
    NodePtr root_;
    std::map<Handle, NodePtr> open_;
    std::vector<std::weak_ptr<Node>> files_;
    Handle next_handle_ = 1000;
    std::uint64_t calls_ = 0;
    std::uint64_t started_writing_ = 0;
    std::uint64_t started_reading_ = 0;
    Fault fault_;
    Lies lies_;
    bool is_short_ = false;
    bool has_unnamed_ = true;
    bool has_folder_sync_ = true;
    bool has_links_ = true;
    std::uint64_t capacity_ = ~std::uint64_t{0};
    std::int64_t now_ms_ = 0;
};

}  // namespace support
