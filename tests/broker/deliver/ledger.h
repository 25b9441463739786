/// Ledger: instances in a real spool, and the jobs that name them, as the delivery tests need them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "outbox/job.h"
#include "spool/posix_disk.h"
#include "spool/spool.h"
#include "tests/support/temp_folder.h"

namespace support {

/// Bytes that differ at every seed; `size` even.
std::vector<std::byte> data_set(unsigned seed, std::size_t size);

class Ledger {
public:
    Ledger() : spool_(disk_, folder_.path()) {}

    /// Keeps an instance with this data set and returns the job for it.
    outbox::ClaimedJob keep(const std::string& sop_instance_uid, const std::vector<std::byte>& data_set,
                            const std::string& transfer_syntax_uid = "1.2.840.10008.1.2.1",
                            const std::string& sop_class_uid = "1.2.840.10008.5.1.4.1.1.2");
    spool::Reader open(const outbox::ClaimedJob& job) const;
    /// Flips one bit of the blob on disk, `from_end` bytes before its end.
    void damage(const outbox::ClaimedJob& job, std::size_t from_end) const;
    /// The whole blob.
    std::vector<std::byte> bytes(const outbox::ClaimedJob& job) const;

    spool::Spool& spool() { return spool_; }
    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    TempFolder folder_;
    spool::PosixDisk disk_;
    spool::Spool spool_;
    std::int64_t next_ = 1;
};

}  // namespace support
