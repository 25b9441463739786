/// Sets DCMTK up, once for the process.
#pragma once

namespace broker::dicom {

/// Any thread, any number of times; the first call does it. Must be called before anything else of DCMTK is used.
/// On return: no reverse DNS look-ups, bounded connects, no log output of DCMTK (it would print peers' bytes), SIGPIPE
/// ignored, and acceptor networks open no listening socket of their own.
/// Throws std::system_error when no loopback connection can be made.
void start_dcmtk();

}  // namespace broker::dicom
