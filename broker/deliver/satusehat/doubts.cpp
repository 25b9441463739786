#include "broker/deliver/satusehat/doubts.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "broker/deliver/satusehat/codes.h"
#include "broker/deliver/satusehat/text.h"

namespace broker::deliver::satusehat {

namespace {

using Values = std::set<std::string>;

/// Each part with its length before it, so that no two lists of parts read the same.
std::string fingerprint_of(Doubt doubt, const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& each : parts) all += fmt::format("{}:{},", each.size(), each);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const int is_done = EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha256(), nullptr);
    assert(is_done == 1 && size == 32);
    std::string out(to_string(doubt));
    out += ':';
    for (unsigned i = 0; i < 16; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
}

void add(std::vector<std::string>& parts, const Values& values) {
    parts.push_back(std::to_string(values.size()));
    parts.insert(parts.end(), values.begin(), values.end());
}

void insert(Values& values, std::string_view value) {
    if (value = without_padding(value); !value.empty()) values.emplace(value);
}

/// A birth date as one way of writing it; what is no date is absent.
std::string birth_date_of(std::string_view text) {
    const auto date = parse_date(text);
    if (!date) return {};
    return fmt::format("{:04}{:02}{:02}", static_cast<int>(date->year()), static_cast<unsigned>(date->month()),
                       static_cast<unsigned>(date->day()));
}

std::string_view family_of(std::string_view modality) {
    constexpr std::array radiography{"CR", "DX", "DR", "RG"};
    const bool is_one = std::find(radiography.begin(), radiography.end(), modality) != radiography.end();
    return is_one ? std::string_view("DX") : modality;
}

/// Made from images or sent along with them; or a word that says nothing of how they were made.
bool is_accompanying(std::string_view modality) {
    constexpr std::array all{"SR", "PR",  "KO",  "OT",  "DOC",  "SEG", "REG",
                             "AU", "FID", "RWV", "SMR", "PLAN", "M3D", "ANN"};
    return std::find(all.begin(), all.end(), modality) != all.end();
}

Values families(const Values& modalities) {
    Values all;
    for (const std::string& each : modalities) {
        const std::string code = in_capitals(without_padding(each));
        if (!code.empty() && !is_accompanying(code)) all.emplace(family_of(code));
    }
    return all;
}

/// Codes as people read them; what is no code could be anything, so it isn't shown.
std::string in_words(const Values& modalities) {
    std::string out;
    for (const std::string& each : modalities) {
        const std::string code = in_capitals(without_padding(each));
        if (is_accompanying(code)) continue;
        out += (out.empty() ? "" : ", ") + (is_code_string(code) ? code : std::string("something else"));
    }
    return out;
}

class Looking {
public:
    Looking(const Suspicion& suspicion, const Zone& zone, const Values& confirmed)
        : suspicion_(suspicion), zone_(zone), confirmed_(confirmed) {
        for (const InstanceFacts& each : suspicion.instances) {
            insert(patient_ids_, each.patient_id);
            insert(birth_dates_, birth_date_of(each.birth_date));
            insert(modalities_, each.modality);
            if (each.accession) accessions_.insert(each.accession->value());
        }
        if (!suspicion.registered_accession.empty()) accessions_.insert(suspicion.registered_accession);
    }

    std::vector<DoubtRaised> run() {
        look_at_earlier_use();
        look_at_patients();
        if (accessions_.size() > 1)
            raise(Doubt::several_accessions, {&accessions_},
                  fmt::format("the study holds {} different accession numbers", accessions_.size()));
        look_at_subjects();
        if (suspicion_.has_more_orders)
            raise(Doubt::more_orders, {}, "the accession number leads to more orders than the platform shows");
        look_at_modality();
        look_at_day();
        return std::move(raised_);
    }

private:
    void raise(Doubt doubt, std::initializer_list<const Values*> values, std::string text) {
        std::vector<std::string> parts{suspicion_.study_uid, suspicion_.order.service_request_id};
        for (const Values* each : values) add(parts, *each);
        std::string fingerprint = fingerprint_of(doubt, parts);
        if (confirmed_.count(fingerprint) == 0) raised_.push_back({doubt, std::move(fingerprint), std::move(text)});
    }

    void look_at_earlier_use() {
        Values ids, dates;
        for (const EarlierUse& each : suspicion_.earlier) {
            insert(ids, each.patient_id);
            insert(dates, birth_date_of(each.birth_date));
        }
        const Values other_ids = others(patient_ids_, ids), other_dates = others(birth_dates_, dates);
        if (!other_ids.empty())
            raise(Doubt::other_patient_id, {&patient_ids_, &other_ids},
                  "the accession number was used before with another PatientID");
        if (!other_dates.empty())
            raise(Doubt::other_birth_date, {&birth_dates_, &other_dates},
                  "the accession number was used before with another birth date");
    }
    /// Those before that aren't among those now, where those now are known. Without those now, since once this study
    /// is among the earlier uses itself, the doubt is still the same.
    static Values others(const Values& now, const Values& before) {
        Values all;
        if (!now.empty())
            std::set_difference(before.begin(), before.end(), now.begin(), now.end(), std::inserter(all, all.end()));
        return all;
    }

    void look_at_patients() {
        if (patient_ids_.size() > 1 || birth_dates_.size() > 1)
            raise(Doubt::several_patients, {&patient_ids_, &birth_dates_},
                  fmt::format("the study's instances have more than one {}",
                              patient_ids_.size() > 1 ? "PatientID" : "birth date"));
    }

    void look_at_subjects() {
        Values subjects{suspicion_.order.patient_reference}, ids{suspicion_.order.service_request_id};
        for (const Order& each : suspicion_.others) {
            subjects.insert(each.patient_reference);
            ids.insert(each.service_request_id);
        }
        if (subjects.size() > 1)
            raise(Doubt::several_subjects, {&subjects, &ids},
                  fmt::format("the accession number leads to {} orders for {} different patients",
                              suspicion_.others.size() + 1, subjects.size()));
    }

    void look_at_modality() {
        const Values ordered(suspicion_.order.modalities.begin(), suspicion_.order.modalities.end());
        if (modalities_agree(modalities_, ordered)) return;
        const Values of_study = families(modalities_), of_order = families(ordered);
        raise(Doubt::other_modality, {&of_study, &of_order},
              fmt::format("the order is for {}, the study holds {}", in_words(ordered), in_words(modalities_)));
    }

    void look_at_day() {
        std::optional<DateTime> start;
        for (const InstanceFacts& each : suspicion_.instances) {
            const auto found = started(each, zone_);
            if (found && (!start || found->at < start->at)) start = found;
        }
        const auto order = start ? days_of(suspicion_.order.occurrence, start->ahead_of_utc) : std::nullopt;
        if (!order) return;
        const auto before = order->first - start->day(), after = start->day() - order->last;
        if (before <= study_before_order_max && after <= study_after_order_max) return;
        const Values days{fmt::format("{}", start->day().time_since_epoch().count())},
            occurrence{suspicion_.order.occurrence};
        raise(Doubt::other_day, {&days, &occurrence},
              before > study_before_order_max
                  ? fmt::format("the study was made {} days before the day of its order", before.count())
                  : fmt::format("the study was made {} days after the day of its order", after.count()));
    }

    const Suspicion& suspicion_;
    const Zone& zone_;
    const Values& confirmed_;
    Values patient_ids_, birth_dates_, modalities_, accessions_;
    std::vector<DoubtRaised> raised_;
};

}  // namespace

std::string_view to_string(Doubt doubt) {
    switch (doubt) {
        case Doubt::other_patient_id:
            return "other_patient_id";
        case Doubt::other_birth_date:
            return "other_birth_date";
        case Doubt::several_patients:
            return "several_patients";
        case Doubt::several_accessions:
            return "several_accessions";
        case Doubt::several_subjects:
            return "several_subjects";
        case Doubt::more_orders:
            return "more_orders";
        case Doubt::other_modality:
            return "other_modality";
        case Doubt::other_day:
            return "other_day";
    }
    return "";
}

std::vector<DoubtRaised> doubts(const Suspicion& suspicion, const Zone& zone, const Values& confirmed) {
    return Looking(suspicion, zone, confirmed).run();
}

bool modalities_agree(const Values& study, const Values& order) {
    const Values of_study = families(study), of_order = families(order);
    if (of_study.empty() || of_order.empty()) return true;
    return std::any_of(of_study.begin(), of_study.end(),
                       [&](const std::string& each) { return of_order.count(each) > 0; });
}

}  // namespace broker::deliver::satusehat
