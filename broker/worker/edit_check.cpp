#include "broker/worker/edit_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "broker/dicom/element_stream.h"
#include "broker/dicom/element_text.h"
#include "broker/dicom/inflater.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/dicom/value_rules.h"
#include "broker/worker/private_blocks.h"

namespace broker::worker {
namespace {

using dicom::Tag;
using Element = dicom::ElementStream::Element;
using Bytes = std::span<const std::byte>;

constexpr std::uint64_t inflated_bytes_max = 64ULL << 30;
constexpr std::size_t creator_bytes_max = 4096;

/// What stands in the result, as far as it is asked about.
class Findings : public dicom::ElementStream::Sink {
public:
    explicit Findings(const Rewriting& wanted) {
        for (const Rewriting::Element& each : wanted.elements) {
            if (!each.is_removed)
                given_[each.tag.tag].wanted = &each;
            else if (each.tag.creator.empty())
                removed_.push_back(each.tag.tag);
            else
                blocks_.ask_about(each.tag);
        }
    }

    void begin(const Element& element) override {
        const Tag tag = element.tag;
        kept_ = nullptr;
        kept_bytes_max_ = 0;
        if (std::ranges::find(removed_, tag) != removed_.end()) left_.insert(tag);
        dicom::TagStep step;
        if (blocks_.is_one(tag, step) != PrivateBlocks::Answer::no) private_.insert(tag);
        if (const auto found = given_.find(tag); found != given_.end()) {
            Given& given = found->second;
            ++given.count;
            given.vr = element.vr;
            given.is_big_endian = element.is_big_endian;
            given.bytes.clear();
            kept_ = &given.bytes;
            kept_bytes_max_ = given.wanted->value.size() + 64;  // one that is longer is another one
        } else if (PrivateBlocks::is_creator(tag) && blocks_.is_asked()) {
            creator_.clear();
            creator_tag_ = tag;
            kept_ = &creator_;
            kept_bytes_max_ = creator_bytes_max;
        }
    }
    void content(Bytes bytes) override {
        if (kept_ == nullptr) return;
        const std::size_t room = kept_bytes_max_ - std::min(kept_bytes_max_, kept_->size());
        kept_->append(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), room));
    }
    void end() override {
        if (kept_ != &creator_) return;
        dicom::CharacterSet ascii({});
        for (std::string& value : dicom::values_of({"LO", creator_, false}, ascii)) blocks_.add(creator_tag_, value);
    }
    void value(const Element&, Bytes) override {}

    std::string judge() const {
        const auto name = [](const dicom::TagStep& tag) { return dicom::print_path(dicom::TagPath({tag})); };
        for (const Tag each : left_) return name({each, {}}) + " is still there";
        // Asked again, now that all creators are known.
        dicom::TagStep step;
        for (const Tag each : private_)
            if (blocks_.is_one(each, step) == PrivateBlocks::Answer::yes) return name(step) + " is still there";
        for (const auto& [tag, given] : given_) {
            if (given.count != 1) return name({tag, {}}) + (given.count == 0 ? " is missing" : " comes twice");
            // Byte for byte: what is only read as the same may be something else to the next reader.
            const std::string& wanted_vr = given.wanted->vr;
            const bool is_text = dicom::is_text_vr(wanted_vr) && dicom::is_text_vr(given.vr);
            if (!given.vr.empty() && given.vr != wanted_vr && !is_text) return name({tag, {}}) + " has another VR";
            const std::string& vr = given.vr.empty() ? wanted_vr : given.vr;
            if (given.bytes != value_bytes(vr, given.wanted->value, given.is_big_endian))
                return name({tag, {}}) + " has another value";
        }
        return "";
    }

private:
    struct Given {
        const Rewriting::Element* wanted = nullptr;
        unsigned count = 0;
        std::string vr, bytes;
        bool is_big_endian = false;
    };

    std::map<Tag, Given> given_;
    std::vector<Tag> removed_;
    std::set<Tag> left_, private_;  ///< of tags that are asked about
    PrivateBlocks blocks_;
    std::string creator_;
    Tag creator_tag_;
    std::string* kept_ = nullptr;  ///< where the content of the present element goes
    std::size_t kept_bytes_max_ = 0;
};

}  // namespace

struct EditCheck::Parts {
    std::optional<dicom::Inflater> inflater;
    Findings findings;
    dicom::ElementStream elements{findings, false};
    bool is_readable = true, is_spent = false;

    Parts(const Rewriting& wanted, std::string_view transfer_syntax_uid) : findings(wanted) {
        if (dicom::is_deflated(transfer_syntax_uid)) inflater.emplace(inflated_bytes_max);
    }
};

EditCheck::EditCheck(const Rewriting& wanted, std::string_view transfer_syntax_uid)
    : parts_(std::make_unique<Parts>(wanted, transfer_syntax_uid)) {}
EditCheck::~EditCheck() = default;

void EditCheck::feed(std::span<const std::byte> bytes) {
    Parts& parts = *parts_;
    if (!parts.is_readable || parts.is_spent) return;
    if (!parts.inflater) {
        parts.is_readable = parts.elements.feed(bytes);
        return;
    }
    const auto result =
        parts.inflater->feed(bytes, [&](Bytes inflated) { return parts.is_readable = parts.elements.feed(inflated); });
    parts.is_spent = result == dicom::Inflater::Result::ended;
    if (!parts.is_spent && result != dicom::Inflater::Result::wants_more) parts.is_readable = false;
}

std::string EditCheck::finish() {
    const bool is_whole = parts_->is_readable && (!parts_->inflater || parts_->is_spent) && parts_->elements.finish();
    return is_whole ? parts_->findings.judge() : "its end is missing";
}

}  // namespace broker::worker
