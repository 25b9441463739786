/// Phantom: a made-up head CT, slice by slice, as data sets in Explicit VR Little Endian.
///
/// Pure functions of the slice's number; nothing in them comes from a patient.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace broker {

struct PhantomStudy {
    std::string study_instance_uid, series_instance_uid;
    std::string study_date;  ///< YYYYMMDD
    std::string study_time;  ///< HHMMSS
    std::string accession_number = "DEMO-1";
    int slices = 24;
};

struct PhantomSlice {
    std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
    std::vector<std::byte> data_set;
};

/// Slice `number` of the study, from 0. Valid by PS3.3 A.3 (CT Image IOD) as far as viewers ask.
PhantomSlice make_slice(const PhantomStudy& study, int number);

}  // namespace broker
