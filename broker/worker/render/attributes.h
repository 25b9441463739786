/// Attributes: values of elements as numbers and words, from the first of several places that has them.
///
/// One thread at a time; its DataSet must outlive it. An absent or empty value is nothing; one that is no number, too.
/// Throws what DataSet throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/worker/render/data_set.h"

namespace broker::worker {

class Attributes {
public:
    Attributes(DataSet& data_set, Elements elements) : data_set_(data_set), elements_(std::move(elements)) {}

    const Element* find(dicom::Tag tag) const { return worker::find(elements_, tag); }
    /// US, or the unsigned reading of SS.
    std::optional<std::uint32_t> word(dicom::Tag tag) const;
    /// All of a value of 16-bit numbers. Throws Unrenderable, too_large, beyond 256 KiB.
    std::vector<std::uint16_t> words(dicom::Tag tag) const;
    /// DS or IS, by backslashes; FD and FL where the VR says so. Nothing in the place of what is no number.
    std::vector<std::optional<double>> numbers_or_gaps(dicom::Tag tag) const;
    /// The same, up to the first that is none.
    std::vector<double> numbers(dicom::Tag tag) const;
    std::optional<double> number(dicom::Tag tag) const;
    /// The first value of a text, without padding; "" where there is none.
    std::string text(dicom::Tag tag) const;
    /// An item of a sequence, from 0.
    std::optional<Attributes> item(dicom::Tag sequence, std::uint64_t index) const;

    DataSet& data_set() const { return data_set_; }

private:
    std::string characters(dicom::Tag tag) const;

    DataSet& data_set_;
    Elements elements_;
};

}  // namespace broker::worker
