// Registrar: over a real outbox, to a platform that keeps what it is told and fails as it is told.
#include "broker/deliver/satusehat/registrar.h"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "broker/deliver/satusehat/registered_study.h"
#include "tests/broker/deliver/satusehat/study_house.h"

using namespace broker::deliver::satusehat;
using namespace std::chrono_literals;
using outbox::Reason;
using outbox::Stage;
using outbox::State;

namespace {

/// Keeps orders and studies. A fault meets the next call of its step, before or after it is done.
class FakePlatform : public Platform {
public:
    struct Fault {
        bool is_done = false;  ///< done all the same
        Heard heard;
    };

    Heard find_orders(const Accession& accession) override {
        asked_for.push_back(accession.value());
        if (auto fault = take(Step::search)) return fault->heard;
        return answer(Step::search, 200, bundle_of(orders, not_shown));
    }
    Heard find_studies(const Accession&) override {
        if (meanwhile) std::exchange(meanwhile, nullptr)();
        std::vector<boost::json::value> shown;
        if (!is_blind)
            for (const auto& [id, study] : studies) shown.emplace_back(study);
        if (others_studies > 0)
            shown = {boost::json::object{{"resourceType", "ImagingStudy"}, {"id", "another"}, {"status", "available"}}};
        return answer(Step::search, 200, bundle_of(shown, others_studies));
    }
    Heard find_studies_by_uid(const std::string&) override {
        std::vector<boost::json::value> shown;
        for (const auto& [id, study] : studies) shown.emplace_back(study);
        return answer(Step::search, 200, bundle_of(shown));
    }
    Heard create_study(const boost::json::object& resource) override {
        return write(Step::create, "is-" + std::to_string(studies.size() + 1), resource);
    }
    Heard replace_study(const std::string& id, const boost::json::object& resource) override {
        if (!studies.contains(id)) return answer(Step::replace, 404, "");
        return write(Step::replace, id, resource);
    }

    static Heard answer(Step step, unsigned status, const std::string& body) {
        return Told{judge(step, {status, "application/json", body}), body, std::nullopt};
    }

    std::vector<boost::json::value> orders;
    std::map<std::string, boost::json::object> studies;
    std::map<Step, std::deque<Fault>> faults;
    std::vector<std::string> asked_for;
    bool is_blind = false;           ///< searches don't show studies
    std::size_t not_shown = 0;       ///< orders that there are, too
    std::size_t others_studies = 0;  ///< behind the number, and not sent
    std::function<void(boost::json::object&)> keep_otherwise;
    std::function<void()> meanwhile;  ///< happens once, while it is asked
    int creates = 0, replaces = 0;

private:
    static std::string bundle_of(const std::vector<boost::json::value>& resources, std::size_t more = 0) {
        boost::json::array entries;
        for (const auto& each : resources) entries.push_back(boost::json::object{{"resource", each}});
        return boost::json::serialize(boost::json::object{
            {"resourceType", "Bundle"}, {"type", "searchset"}, {"total", resources.size() + more}, {"entry", entries}});
    }
    std::optional<Fault> take(Step step) {
        auto& queue = faults[step];
        if (queue.empty()) return std::nullopt;
        Fault fault = queue.front();
        queue.pop_front();
        return fault;
    }
    Heard write(Step step, const std::string& id, boost::json::object resource) {
        const auto fault = take(step);
        if (fault && !fault->is_done) return fault->heard;
        ++(step == Step::create ? creates : replaces);
        resource["id"] = id;
        if (keep_otherwise) keep_otherwise(resource);
        studies[id] = resource;
        if (fault) return fault->heard;
        return answer(step, step == Step::create ? 201 : 200, boost::json::serialize(resource));
    }
};

struct WithPlatform {
    FakePlatform platform;
};

struct House : WithPlatform, satusehat_test::StudyHouse {
    explicit House(RegistrarSettings more = RegistrarSettings()) : StudyHouse(platform, std::move(more)) {
        platform.orders.emplace_back(samples::service_request());
    }
};

Heard silence(bool may_have_arrived) {
    return Silence{may_have_arrived, "connection lost"};
}

std::size_t listed(const FakePlatform& platform) {
    REQUIRE(platform.studies.size() == 1);
    return instances_in(platform.studies.begin()->second).size();
}

}  // namespace

TEST_CASE("registrar: what was edited otherwise while the platform was told is not taken for registered") {
    House house;
    const auto job = house.take(samples::instance(1, 1)), other = house.take(samples::instance(1, 2));
    const std::string edits = R"([{"set":"AccessionNumber","value":"RAD-2"}])";
    const auto own = house.job(job).digest, its_own = house.job(other).digest;
    house.platform.meanwhile = [&] {
        house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
            outbox.assign({house.books.pacs, std::string(samples::study_uid)}, {"RAD-2", edits}, satusehat_test::nurse,
                          house.now);
            const outbox::DerivedBlob blob{own,  outbox::DerivedBlob::By::edit, outbox::Digest{std::byte{1}},
                                           77,   "1.2.840.10008.1.2.1",         "set",
                                           edits};
            CHECK(outbox.prepare(job, blob, house.now));
        });
    };
    CHECK(house.registrar->look(house.now).has_looked);
    CHECK(house.claimable() == 0);
    CHECK_FALSE(house.registrar->look(house.now).has_looked);  // not before the other one is made, too
    house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        const outbox::DerivedBlob blob{its_own, outbox::DerivedBlob::By::edit, outbox::Digest{std::byte{2}},
                                       77,      "1.2.840.10008.1.2.1",         "set",
                                       edits};
        CHECK(outbox.prepare(other, blob, house.now));
    });
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 2);
    CHECK(house.platform.creates == 1);
}

TEST_CASE("registrar: a whole study is registered once, under its order, before anything of it may be sent") {
    House house;
    for (int n = 1; n <= 3; ++n) house.take(samples::instance(1 + n % 2, n));
    CHECK(house.claimable() == 0);
    CHECK_FALSE(house.look());
    CHECK(listed(house.platform) == 3);
    CHECK(house.platform.creates == 1);
    CHECK(house.registration().stage == Stage::registered);
    CHECK(house.registration().imaging_study_id == "is-1");
    CHECK(house.registration().order.patient_reference == samples::patient);
    CHECK(house.claimable() == 3);
}

TEST_CASE("registrar: a late instance is added to what is there, and nothing of that is lost: PUT replaces") {
    House house;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    // Somebody else's, which we never had.
    auto& there = house.platform.studies.begin()->second;
    there["note"] = "kept";
    house.take(samples::instance(2, 2));
    CHECK(house.claimable() == 1);
    CHECK_FALSE(house.look());
    CHECK(house.platform.replaces == 1);
    CHECK(listed(house.platform) == 2);
    CHECK(house.platform.studies.begin()->second.contains("note"));
    CHECK(house.claimable() == 1);
    CHECK(house.platform.creates == 1);
}

TEST_CASE("registrar: an empty accession number is never asked about, and the study says what it waits for") {
    House house;
    auto instance = samples::instance(1, 1);
    instance.accession.reset();
    const auto job = house.take(instance);
    CHECK_FALSE(house.look());
    CHECK(house.platform.asked_for.empty());
    CHECK(house.job(job).reason == Reason::no_accession);
    CHECK(house.registration().stage == Stage::no_accession);
    CHECK(house.claimable() == 0);
}

TEST_CASE("registrar: an order that isn't there is looked for less and less often, and found when it comes") {
    House house;
    house.platform.orders.clear();
    const auto job = house.take(samples::instance(1, 1));
    for (const auto wait : {1min, 5min, 15min, 60min, 360min, 360min}) {
        CHECK_FALSE(house.look());
        CHECK(house.job(job).reason == Reason::order_not_found);
        CHECK(house.job(job).due_at == house.now + wait);
        house.now += wait;
    }
    house.platform.orders.emplace_back(samples::service_request());
    CHECK_FALSE(house.look());
    CHECK(house.registration().stage == Stage::registered);
    CHECK(house.claimable() == 1);
}

TEST_CASE("registrar: suppressed consent entries are no order, and say so") {
    House house;
    house.platform.orders = {samples::suppressed_entry()};
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::order_not_found);
    CHECK(house.job(job).note.find("consent") != std::string::npos);
}

TEST_CASE("registrar: several patients behind one accession number are for a person, who is asked once") {
    House house;
    house.platform.orders.emplace_back(
        samples::service_request({.id = "7d4c1f00-0000-4000-8000-000000000002", .subject = "Patient/P07770000999"}));
    const auto first = house.take(samples::instance(1, 1)), second = house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(house.job(first).reason == Reason::patient_doubtful);
    CHECK(house.job(second).state == State::held);
    CHECK(house.platform.creates == 0);
    // A late one is held with them.
    const auto late = house.take(samples::instance(1, 3));
    CHECK_FALSE(house.look());
    CHECK(house.job(late).state == State::held);
    for (const auto each : {first, second, late}) house.release(each);
    CHECK_FALSE(house.look());
    CHECK(listed(house.platform) == 3);
    CHECK(house.claimable() == 3);
}

TEST_CASE("registrar: an accession number that another patient had is doubted before anything is registered") {
    House house;
    auto other = samples::instance(1, 1);
    other.study_uid = "2.25.999";
    other.sop_instance_uid = "2.25.999.1";
    other.patient_id = "SOMEBODY-ELSE";
    house.take(other);
    CHECK_FALSE(house.look());
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::patient_doubtful);
    CHECK(house.job(job).note.find("SOMEBODY") == std::string::npos);
}

TEST_CASE("registrar: a cancelled order needs a person's word") {
    House house;
    house.platform.orders = {samples::service_request({.status = "revoked"})};
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::order_cancelled);
    house.release(job);
    CHECK_FALSE(house.look());
    CHECK(house.registration().stage == Stage::registered);
}

TEST_CASE("registrar: where an operator lets studies go, each waits for that, and late instances of it no more") {
    RegistrarSettings by_operator;
    by_operator.by_operator = true;
    House house(by_operator);
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::awaiting_release);
    CHECK(house.platform.asked_for.empty());
    house.release(job);
    CHECK_FALSE(house.look());
    house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 2);
}

TEST_CASE("registrar: POST is not repeated blindly: after an unknown outcome it searches, once a search can know") {
    for (const bool is_done : {true, false}) {
        CAPTURE(is_done);
        House house;
        house.take(samples::instance(1, 1));
        house.platform.faults[Step::create].push_back({is_done, silence(true)});
        const auto halt = house.look();
        REQUIRE(halt);
        CHECK(std::get<Silence>(halt->why).may_have_arrived);
        CHECK(house.registration().stage == Stage::creating);
        house.begin();  // a kill in between changes nothing
        CHECK_FALSE(house.look());
        CHECK(house.platform.studies.size() == (is_done ? 1 : 0));
        house.now += 30s;
        CHECK_FALSE(house.look());
        CHECK(house.platform.creates == 1);
        CHECK(listed(house.platform) == 1);
        CHECK(house.claimable() == 1);
    }
}

TEST_CASE("registrar: a duplicate is searched for; where it is never shown, a person must look") {
    House house;
    const auto job = house.take(samples::instance(1, 1));
    const auto duplicate = FakePlatform::answer(Step::create, 400, samples::outcome("duplicate", "it is there"));
    house.platform.faults[Step::create].push_back({true, duplicate});
    house.platform.is_blind = true;
    CHECK_FALSE(house.look());
    SUBCASE("shown later") {
        house.platform.is_blind = false;
        house.now += 5min;
        CHECK_FALSE(house.look());
        CHECK(house.registration().stage == Stage::registered);
        CHECK(house.claimable() == 1);
    }
    SUBCASE("never shown") {
        house.platform.faults[Step::create].push_back({false, duplicate});
        house.now += 5min;
        CHECK_FALSE(house.look());
        CHECK(house.job(job).reason == Reason::conflict);
    }
    CHECK(house.platform.creates == 1);
}

TEST_CASE("registrar: a study that the platform has lost is registered anew before anything more is sent") {
    House house;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 1);
    house.take(samples::instance(1, 2));
    house.platform.faults[Step::replace].push_back({false, FakePlatform::answer(Step::replace, 404, "")});
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 0);
    house.platform.studies.clear();
    house.now += 5min;
    CHECK_FALSE(house.look());
    CHECK(house.platform.creates == 2);
    CHECK(listed(house.platform) == 2);
    CHECK(house.claimable() == 1);
}

TEST_CASE("registrar: what is registered for another patient is never added to") {
    House house;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    house.platform.studies.begin()->second["subject"] = boost::json::object{{"reference", "Patient/P07770000999"}};
    const auto late = house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(house.job(late).reason == Reason::conflict);
    CHECK(house.platform.replaces == 0);
}

TEST_CASE("registrar: 202, HTML under 200 and truncated JSON are no success, and stop the lane, not the study") {
    for (const auto& [status, body] :
         {std::pair{202U, "{}"}, {200U, "<html>welcome</html>"}, {201U, "{\"resourceType\":"}}) {
        CAPTURE(body);
        House house;
        const auto job = house.take(samples::instance(1, 1));
        house.platform.faults[Step::create].push_back({false, FakePlatform::answer(Step::create, status, body)});
        REQUIRE(house.look());
        CHECK(house.job(job).state == State::queued);
        CHECK(house.registration().stage == Stage::creating);
        CHECK(house.claimable() == 0);
    }
}

TEST_CASE("registrar: organization and client that don't belong together stop the lane; bad content holds the study") {
    House house;
    const auto job = house.take(samples::instance(1, 1));
    house.platform.faults[Step::create].push_back(
        {false, FakePlatform::answer(Step::create, 400,
                                     samples::outcome("value", "Wrong organization ID provided by system URL"))});
    const auto halt = house.look();
    REQUIRE(halt);
    CHECK(std::get<Judgement>(halt->why).answer == Answer::wrong_organization);
    CHECK(house.job(job).state == State::queued);
    house.now += 1min;
    house.platform.faults[Step::create].push_back(
        {false,
         FakePlatform::answer(Step::create, 400, samples::outcome("value", "Text is empty (RuleNumber: 10134)"))});
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::unexpected_answer);
    CHECK(house.job(job).note.find("10134") != std::string::npos);
}

TEST_CASE("registrar: a scanner's clock that is ahead is waited for, not corrected") {
    House house;
    house.now = outbox::Instant(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).due_at > house.now + 24h);
    CHECK(house.job(job).note.find("clock") != std::string::npos);
    CHECK(house.platform.creates == 0);
    house.now = house.job(job).due_at;
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 1);
}

TEST_CASE("registrar: an instance that cannot be read now is not left out, and one without a study is held") {
    House house;
    house.take(samples::instance(1, 1));
    const auto unread = samples::instance(1, 2);
    house.take(unread);
    house.facts.erase(unread.sop_instance_uid);
    CHECK_FALSE(house.look());
    CHECK(house.platform.asked_for.empty());
    house.facts[unread.sop_instance_uid] = unread;
    auto homeless = samples::instance(1, 3);
    homeless.study_uid = "";
    const auto job = house.take(homeless);
    house.now += 1min;
    CHECK_FALSE(house.look());
    CHECK(listed(house.platform) == 2);
    CHECK(house.job(job).reason == Reason::not_understood);
}

TEST_CASE("registrar: what comes late waits with a study that a person has to decide about, whatever it is by itself") {
    House house;
    SUBCASE("two accession numbers") {
        auto other = samples::instance(1, 2);
        other.accession = samples::number("RS-0078/B");
        house.take(samples::instance(1, 1));
        house.take(other);
        CHECK_FALSE(house.look());
        auto late = samples::instance(1, 3);
        late.accession = samples::number("RS-0078/B");
        const auto job = house.take(late);
        CHECK_FALSE(house.look());
        CHECK(house.job(job).reason == Reason::patient_doubtful);
    }
    SUBCASE("a report of images that are not what was ordered") {
        house.take(samples::instance(1, 1, "US"));
        CHECK_FALSE(house.look());
        const auto job = house.take(samples::instance(2, 2, "SR"));
        CHECK_FALSE(house.look());
        CHECK(house.job(job).reason == Reason::patient_doubtful);
    }
    CHECK(house.platform.creates == 0);
    CHECK(house.platform.studies.empty());
}

TEST_CASE("registrar: held instances count for the number and for the doubts") {
    House house;
    const auto held = house.take(samples::instance(1, 1));
    house.books.committer.run(broker::Turn::settlement, [&](outbox::Outbox& outbox) {
        CHECK(outbox.hold(held, satusehat_test::nurse, house.now).applied);
    });
    auto other = samples::instance(1, 2);
    other.accession = samples::number("RS-0078/B");
    const auto job = house.take(other);
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::patient_doubtful);
    CHECK(house.platform.asked_for == std::vector<std::string>{std::string(samples::accession)});
}

TEST_CASE("registrar: a study stays under the number that it is registered with") {
    House house;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.claimable() == 1);
    auto late = samples::instance(1, 2);
    SUBCASE("a late one without a number") {
        late.accession.reset();
        house.take(late);
        CHECK_FALSE(house.look());
        CHECK(listed(house.platform) == 2);
    }
    SUBCASE("a late one with another, when the first can be read no more") {
        house.facts.clear();
        late.accession = samples::number("RS-0078/B");
        const auto job = house.take(late);
        CHECK_FALSE(house.look());
        CHECK(house.job(job).reason == Reason::patient_doubtful);
        CHECK(listed(house.platform) == 1);
    }
    CHECK(house.platform.creates == 1);
}

TEST_CASE("registrar: after an unknown outcome nothing makes it look before a search can know") {
    House house;
    house.take(samples::instance(1, 1));
    house.platform.faults[Step::create].push_back({true, silence(true)});
    house.platform.is_blind = true;  // the search's index lags
    REQUIRE(house.look());
    house.take(samples::instance(1, 2));
    for (int restart = 0; restart < 3; ++restart) {
        house.begin();
        house.now += 5s;
        CHECK_FALSE(house.look());
        CHECK(house.registration().stage == Stage::creating);
    }
    house.platform.is_blind = false;
    house.now += 30s;
    CHECK_FALSE(house.look());
    CHECK(house.platform.creates == 1);
    CHECK(listed(house.platform) == 2);
}

TEST_CASE("registrar: one blob that cannot be read keeps nothing but itself back") {
    House house;
    house.take(samples::instance(1, 1));
    const auto bad = samples::instance(1, 2);
    house.unreadable.insert(bad.sop_instance_uid);
    const auto job = house.take(bad);
    CHECK_FALSE(house.look());
    CHECK(house.job(job).state == State::held);
    CHECK(house.job(job).reason == Reason::not_understood);
    CHECK(listed(house.platform) == 1);
    CHECK(house.claimable() == 1);
}

TEST_CASE("registrar: what is answered the same again and again needs a person") {
    struct Row {
        Heard heard;
        int times;
        Reason reason;
    };
    const auto refused = [](unsigned status, const std::string& body) {
        return FakePlatform::answer(Step::create, status, body);
    };
    const Row rows[] = {
        {refused(400, samples::outcome("value", "Resource not found ServiceRequest/1 (RuleNumber: 20007)")), 3,
         Reason::unexpected_answer},
        {refused(409, samples::outcome("x", "conflict")), 2, Reason::conflict},
    };
    for (const Row& row : rows) {
        House house;
        const auto job = house.take(samples::instance(1, 1));
        for (int time = 1; time <= row.times; ++time) {
            CHECK(house.job(job).state == State::queued);
            house.platform.faults[Step::create].push_back({false, row.heard});
            CHECK_FALSE(house.look());
            house.now += 6h;
        }
        CHECK(house.job(job).state == State::held);
        CHECK(house.job(job).reason == row.reason);
    }
}

TEST_CASE("registrar: a member that the platform leaves out is no failure, and is not put there again and again") {
    House house;
    house.platform.keep_otherwise = [](boost::json::object& resource) { resource.erase("description"); };
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.registration().stage == Stage::registered);
    house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(house.platform.replaces == 1);
    CHECK(listed(house.platform) == 2);
    CHECK(house.claimable() == 2);
}

TEST_CASE("registrar: more orders than are shown may be for somebody else") {
    House house;
    house.platform.not_shown = 1;
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::patient_doubtful);
    house.release(job);
    CHECK_FALSE(house.look());
    CHECK(listed(house.platform) == 1);
}

TEST_CASE("registrar: an order that names no patient registers nothing, also where a person lets the study go") {
    House house;
    house.platform.orders.emplace_back(samples::service_request(
        {.id = "7d4c1f00-0000-4000-8000-000000000002", .subject = "", .updated = "2026-03-02T02:00:00.000000+00:00"}));
    const auto job = house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::patient_doubtful);
    house.release(job);
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::unexpected_answer);
    CHECK(house.platform.creates == 0);
}

TEST_CASE("registrar: whom a number was used for is asked by the number that was sent, too") {
    House house;
    house.take(samples::instance(1, 1), "");  // a route gave it the number
    CHECK_FALSE(house.look());
    auto other = samples::instance(1, 2);
    other.study_uid = "2.25.7700177999";
    other.patient_id = "ANOTHER-PATIENT";
    const auto job = house.take(other, "");
    CHECK_FALSE(house.look());
    CHECK(house.job(job).reason == Reason::patient_doubtful);
    CHECK(house.platform.studies.size() == 1);
}

TEST_CASE("registrar: behind a number with more studies than are sent, its own UID tells") {
    House house;
    house.platform.others_studies = 11;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    CHECK(house.platform.creates == 1);
    house.take(samples::instance(1, 2));
    CHECK_FALSE(house.look());
    CHECK(house.platform.creates == 1);
    CHECK(listed(house.platform) == 2);
}

TEST_CASE("registrar: an answer to a PUT that is another study's is no success") {
    House house;
    house.take(samples::instance(1, 1));
    CHECK_FALSE(house.look());
    house.take(samples::instance(1, 2));
    house.platform.keep_otherwise = [](boost::json::object& resource) { resource["id"] = "is-9"; };
    const auto halt = house.look();
    REQUIRE(halt);
    CHECK(std::get<Judgement>(halt->why).answer == Answer::not_as_promised);
    CHECK(house.registration().imaging_study_id == "is-1");
}
