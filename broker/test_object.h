/// TestObject: an instance of no patient, made to see whether a destination takes one.
///
/// Any thread; blocks while it is sent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "broker/deliver/sender.h"
#include "outbox/ids.h"

namespace broker {

inline constexpr std::string_view test_patient_id = "DICOM-BRIDGE-TEST";

/// A Secondary Capture of 16 x 16 pixels (PS3.3 A.8.1), in Explicit VR Little Endian, whose patient is named as a test.
/// Every one is a study of its own.
struct TestObject {
    std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, series_instance_uid;
    std::vector<std::byte> file;  ///< a whole Part 10 file
};
TestObject make_test_object(outbox::Instant now);

struct Tested {
    std::string failure;  ///< why it is not there, for people; "": it is
    std::string study_instance_uid, sop_instance_uid;
};

/// Sends a new one over this sender, which is opened for it and closed. What is on the disk meanwhile, in a folder of
/// its own, is gone on return.
Tested send_test_object(deliver::Sender& sender, outbox::Instant now);

}  // namespace broker
