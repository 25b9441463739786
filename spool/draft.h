/// Draft: the file behind an Intake or a Sealed: without a name, or under tmp/ where O_TMPFILE is missing.
///
/// One thread at a time; may be moved. Destroyed, it leaves nothing behind but the names that `link` gave it.
#pragma once

#include <optional>
#include <string>

#include "spool/disk.h"
#include "spool/open_file.h"

namespace spool {

class Draft {
public:
    /// A file without a name.
    Draft(Disk& disk, OpenFile file);
    /// A file under tmp/, where it is `tmp`.
    Draft(Disk& disk, OpenFile file, Disk::Place tmp);
    ~Draft();
    Draft(Draft&& other) noexcept;
    Draft& operator=(Draft&&) = delete;

    Disk::Handle handle() const { return file_.handle(); }

    /// Gives the file a name. As Disk::link_open: 0, -EEXIST…
    int link(const Disk::Place& to) const;

    /// For error texts.
    std::string name() const;

private:
    Disk& disk_;
    OpenFile file_;
    std::optional<Disk::Place> tmp_;
};

}  // namespace spool
