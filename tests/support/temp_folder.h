/// TempFolder: a new empty folder for one test, gone with everything in it when the test ends.
///
/// One thread at a time. It lies under $TMPDIR, or /tmp.
#pragma once

#include <filesystem>

namespace support {

class TempFolder {
public:
    /// Throws std::system_error when the folder cannot be made.
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace support
