/// DemoPlatform: the simulated national platform of the build tree, as a program of its own beside the demo.
///
/// One thread. It ends with this, and with the demo however that ends.
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace broker {

class DemoPlatform {
public:
    /// Starts it with one order, for `accession_number`, and with credentials in files of `folder`. On return it
    /// answers at `url`. Throws std::runtime_error where the program isn't beside this one, or doesn't begin.
    DemoPlatform(const std::filesystem::path& folder, const std::string& accession_number);
    ~DemoPlatform();
    DemoPlatform(const DemoPlatform&) = delete;
    DemoPlatform& operator=(const DemoPlatform&) = delete;

    const std::string& url() const { return url_; }
    const std::filesystem::path& client_id_file() const { return client_id_file_; }
    const std::filesystem::path& client_secret_file() const { return client_secret_file_; }
    static constexpr const char* organization = "100098765";

private:
    const std::filesystem::path client_id_file_, client_secret_file_;
    std::string url_;
    pid_t child_ = -1;
    int stdin_ = -1;  ///< it ends when this does
};

}  // namespace broker
