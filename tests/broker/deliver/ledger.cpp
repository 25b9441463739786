#include "tests/broker/deliver/ledger.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "broker/dicom/part10.h"

namespace support {

std::vector<std::byte> data_set(unsigned seed, std::size_t size) {
    std::mt19937 random(seed);
    std::vector<std::byte> bytes(size);
    for (std::byte& each : bytes) each = static_cast<std::byte>(random());
    return bytes;
}

outbox::ClaimedJob Ledger::keep(const std::string& sop_instance_uid, const std::vector<std::byte>& data,
                                const std::string& transfer_syntax_uid, const std::string& sop_class_uid) {
    auto intake = spool_.begin(1u << 30);
    intake.append(broker::dicom::file_header({sop_class_uid, sop_instance_uid, transfer_syntax_uid}));
    intake.append(data);
    outbox::ClaimedJob job;
    job.job = {next_};
    job.attempt = {next_};
    job.instance = {next_++};
    job.digest = spool_.link(intake.finish()).digest().bytes();
    job.sop_class_uid = sop_class_uid;
    job.sop_instance_uid = sop_instance_uid;
    job.transfer_syntax_uid = transfer_syntax_uid;
    job.study_instance_uid = "1.2.3";
    job.series_instance_uid = "1.2.3.4";
    job.calling_ae_title = "CT1";
    return job;
}

spool::Reader Ledger::open(const outbox::ClaimedJob& job) const {
    return spool_.open(spool::Digest::from_bytes(job.digest));
}

void Ledger::damage(const outbox::ClaimedJob& job, std::size_t from_end) const {
    const std::string name = spool::Digest::from_bytes(job.digest).hex();
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder_.path())) {
        if (each.path().filename().string().find(name) == std::string::npos) continue;
        std::filesystem::permissions(each.path(), std::filesystem::perms::owner_write,
                                     std::filesystem::perm_options::add);
        std::fstream file(each.path(), std::ios::in | std::ios::out | std::ios::binary);
        const auto at = static_cast<std::streamoff>(each.file_size() - from_end);
        file.seekg(at);
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(at);
        file.put(byte);
        return;
    }
    throw std::logic_error("no such blob");
}

std::vector<std::byte> Ledger::bytes(const outbox::ClaimedJob& job) const {
    const spool::Reader reader = open(job);
    std::vector<std::byte> all(reader.size());
    if (reader.read(0, all) != all.size()) throw std::logic_error("short read");
    return all;
}

}  // namespace support
