#include "broker/preview/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <random>
#include <system_error>
#include <thread>
#include <vector>

#include "broker/dicom/descriptor.h"

namespace broker::preview {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t block_bytes = 4096;
constexpr std::chrono::minutes touched_every{1};
/// Files removed at once: whoever forgets a blob has others waiting behind him.
constexpr std::size_t slice = 16;
constexpr const char* draft_end = ".draft";

std::uint64_t on_disk(std::uint64_t bytes) {
    return (bytes + block_bytes - 1) / block_bytes * block_bytes;
}

std::string text_of(int error) {
    return std::generic_category().message(error);
}

/// Nothing where it cannot be read, for whatever reason.
std::optional<std::string> read_file(const fs::path& file) {
    const dicom::Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat found {};
    if (!opened.is_open() || ::fstat(opened.get(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
    constexpr std::size_t beside_the_jpeg = 4096;
    const auto size = static_cast<std::size_t>(found.st_size);
    if (size > worker::jpeg_bytes_max + beside_the_jpeg) return std::nullopt;
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t got = ::read(opened.get(), bytes.data() + filled, size - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        filled += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// 0, or an errno.
int write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(file, bytes.data(), bytes.size());
        if (put < 0 && errno != EINTR) return errno;
        if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return 0;
}

struct Left {
    EntryKey key;
    std::uint64_t bytes = 0;
    fs::file_time_type looked_at;
};

/// Different in each process: what has another one was left by an earlier one.
std::string new_draft_mark() {
    std::random_device random;
    return "." + std::to_string(random()) + "-";
}

/// What earlier runs left, latest first; drafts of theirs are removed, foreign files left alone.
std::vector<Left> what_is_in(const fs::path& folder, const std::string& our_drafts, const std::atomic<bool>& is_over) {
    std::vector<Left> found;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (is_over) return {};
        std::error_code gone;  // it may go while we look
        if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
        const fs::path name = at->path().lexically_relative(folder);
        if (name.extension() == draft_end) {
            const bool is_old = name.string().find(our_drafts) == std::string::npos;
            if (is_old && parse_name(name.parent_path() / name.stem().stem())) fs::remove(at->path(), gone);
            continue;
        }
        const auto key = parse_name(name);
        const Left left{key.value_or(EntryKey{spool::Digest::from_bytes({})}), at->file_size(gone),
                        at->last_write_time(gone)};
        if (key && !gone) found.push_back(left);
    }
    std::ranges::sort(found, std::greater{}, &Left::looked_at);
    return found;
}

}  // namespace

Cache::Cache(fs::path folder, std::uint64_t bytes_max)
    : folder_(std::move(folder)), draft_mark_(new_draft_mark()), bytes_max_(bytes_max) {}

bool Cache::has(const EntryKey& key) const {
    const std::lock_guard lock(mutex_);
    return entries_.contains(key);
}

std::uint64_t Cache::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

std::size_t Cache::entries() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::optional<Shown> Cache::get(const EntryKey& key, Monotonic now) {
    if (!has(key)) return std::nullopt;
    const fs::path file = file_of(key);
    auto bytes = read_file(file);
    std::optional<Shown> shown;
    if (bytes) shown = parse_entry(key, std::move(*bytes));
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    // Removed while it was read: it is not ours to show any more.
    if (found == entries_.end()) return std::nullopt;
    if (!shown) {
        remove(found);
        return std::nullopt;
    }
    in_order_.splice(in_order_.end(), in_order_, found->second.at);
    if (now - found->second.touched_at >= touched_every) {
        found->second.touched_at = now;
        ::utimensat(AT_FDCWD, file.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
    }
    return shown;
}

std::string Cache::put(const EntryKey& key, const Shown& shown, Monotonic now, const std::function<bool()>& is_wanted) {
    const std::string bytes = pack(key, shown);
    {
        const std::lock_guard lock(mutex_);
        if (on_disk(bytes.size()) > bytes_max_) return "";
    }
    const fs::path file = file_of(key);
    const fs::path draft = file.string() + draft_mark_ + std::to_string(next_draft_++) + draft_end;
    std::string fault = write(draft, bytes);
    const std::lock_guard lock(mutex_);
    if (fault.empty() && is_wanted()) {
        if (::rename(draft.c_str(), file.c_str()) == 0) {
            note(key, on_disk(bytes.size()), now, true);
            shrink(slice);
            return "";
        }
        // Deleted since: then it isn't kept, and nobody minds.
        if (errno != ENOENT) fault = text_of(errno);
    }
    ::unlink(draft.c_str());
    return fault;
}

/// The folders may have been deleted a moment ago, or never have been there. "", or why not.
std::string Cache::write(const fs::path& file, const std::string& bytes) const {
    constexpr int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    dicom::Descriptor opened(::open(file.c_str(), how, 0600));
    if (!opened.is_open() && errno == ENOENT) {
        for (const fs::path& each : {folder_, file.parent_path()})
            if (::mkdir(each.c_str(), 0700) != 0 && errno != EEXIST) return text_of(errno);
        opened = dicom::Descriptor(::open(file.c_str(), how, 0600));
    }
    if (!opened.is_open()) return text_of(errno);
    const int error = write_all(opened.get(), bytes);
    return error == 0 ? "" : text_of(error);
}

void Cache::forget(const spool::Digest& digest) {
    const std::lock_guard lock(mutex_);
    auto at = entries_.lower_bound(EntryKey{digest});
    while (at != entries_.end() && at->first.digest == digest) remove(at++);
}

void Cache::scan(const std::function<bool(const spool::Digest&)>& is_kept, Monotonic now) {
    for (const Left& each : what_is_in(folder_, draft_mark_, is_interrupted_)) {
        if (is_interrupted_) return;
        {
            const std::lock_guard lock(mutex_);
            if (!entries_.contains(each.key)) note(each.key, on_disk(each.bytes), now, false);
        }
        // Asked behind: what is forgotten from now on finds the entry in the index.
        if (!is_kept(each.key.digest)) forget(each.key.digest);
    }
    shrink_in_slices();
}

void Cache::clear() {
    while (!is_interrupted_) {
        std::unique_lock lock(mutex_);
        if (entries_.empty()) return;
        for (std::size_t i = 0; i < slice && !entries_.empty(); ++i) remove(entries_.begin());
        lock.unlock();
        std::this_thread::yield();
    }
}

void Cache::set_bytes_max(std::uint64_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        bytes_max_ = bytes;
    }
    shrink_in_slices();
}

/// `is_newest`: looked at now; else longer ago than all that are known.
void Cache::note(const EntryKey& key, std::uint64_t bytes, Monotonic now, bool is_newest) {
    auto [at, is_new] = entries_.try_emplace(key);
    if (is_new)
        at->second.at = in_order_.insert(is_newest ? in_order_.end() : in_order_.begin(), key);
    else
        in_order_.splice(in_order_.end(), in_order_, at->second.at);
    bytes_ += bytes - at->second.bytes;
    at->second.bytes = bytes;
    at->second.touched_at = now;
}

void Cache::remove(Entries::iterator at) {
    ::unlink(file_of(at->first).c_str());
    bytes_ -= at->second.bytes;
    in_order_.erase(at->second.at);
    entries_.erase(at);
}

void Cache::shrink(std::size_t most) {
    for (std::size_t i = 0; i < most && bytes_ > bytes_max_; ++i) remove(entries_.find(in_order_.front()));
}

void Cache::shrink_in_slices() {
    while (!is_interrupted_) {
        std::unique_lock lock(mutex_);
        if (bytes_ <= bytes_max_) return;
        shrink(slice);
        lock.unlock();
        std::this_thread::yield();
    }
}

}  // namespace broker::preview
