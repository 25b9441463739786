/// Output file: the file that a person names for an answer, written so that one that was cut short doesn't look whole.
#include "broker/cli/output_file.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "broker/cli/error.h"

namespace broker::cli {
namespace {

namespace fs = std::filesystem;

constexpr int links_max = 40;  // as many as Linux follows

Error cannot(const std::string& verb, const fs::path& file, const std::string& why) {
    return {Errc::failed, "cannot " + verb + " " + file.string() + " (" + why + "); choose another file"};
}

/// Where the links lead, whether or not something is there: renaming over a link would replace the link.
fs::path behind_links(const fs::path& file) {
    fs::path at = file;
    std::error_code error;
    for (int links = 0; fs::is_symlink(at, error); ++links) {
        if (links == links_max) {
            throw cannot("write", file, "its links go round in circles");
        }
        const fs::path target = fs::read_symlink(at, error);
        if (error) {
            throw cannot("write", file, error.message());
        }
        at = at.parent_path() / target;  // an absolute target replaces the folder
    }
    return at;
}

void fill_at(const fs::path& file, const std::function<void(std::ostream&)>& fill) {
    errno = 0;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!out) {
        throw cannot("write", file, std::generic_category().message(errno));
    }
    fill(out);
    out.close();
    if (!out) {
        throw Error(Errc::failed, "cannot finish " + file.string() + "; is the disk full?");
    }
}

/// By way of a file beside it.
void replace(const fs::path& file, const std::function<void(std::ostream&)>& fill) {
    const fs::path part = file.string() + ".part";
    const fs::file_status there = fs::symlink_status(part);
    if (fs::exists(there) && !fs::is_regular_file(there)) {
        throw cannot("write", part, "it is there and is no regular file");
    }
    std::error_code error;
    try {
        fill_at(part, fill);
        fs::rename(part, file, error);
        if (error) {
            throw cannot("make", file, error.message());
        }
    } catch (...) {
        fs::remove(part, error);
        throw;
    }
}

}  // namespace

void write_output(const fs::path& file, const std::function<void(std::ostream&)>& fill) {
    std::error_code error;
    const fs::file_status there = fs::status(file, error);
    if (fs::is_directory(there)) {
        throw cannot("write", file, "it is a folder");
    }
    if (fs::exists(there) && !fs::is_regular_file(there)) {
        fill_at(file, fill);
    } else {
        replace(behind_links(file), fill);
    }
}

}  // namespace broker::cli
