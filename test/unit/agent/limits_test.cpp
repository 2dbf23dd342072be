#include "service_fixture.hpp"

#include <fleetman/agent/journal.hpp>
#include <fleetman/agent/record.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using testing::service_fixture;
namespace fs = std::filesystem;

// What an agent writes must be what it can read again: else a version comes up, and nothing can be done with its cell
// any more.

namespace {

struct limits_fixture : service_fixture
{
    static constexpr std::size_t mebibyte = std::size_t{1} << 20;

    limits_fixture()
    {
        publish("api", "v1.0.0", {{"run.sh", "1"}});
        cycle();
    }

    agent::cell_layout layout{*with.supervisor, model::run_profile::supervisor, model::cell_id::parse("api").value()};
};

} // namespace

TEST_CASE_METHOD(limits_fixture, "a record that could not be read again is not written", "[agent]")
{
    agent::release_record record = agent::live_release(layout).value().value();
    const std::string before = text(layout.record(record.name));
    record.trigger_id = std::string(64 * mebibyte, 'x');
    const result<void> written = agent::write_record(layout, record);
    REQUIRE(written.has_error());
    CHECK(written.error().code() == errc::too_large);
    CHECK(text(layout.record(record.name)) == before);

    record.trigger_id.resize(63 * mebibyte);
    REQUIRE(agent::write_record(layout, record).has_value());
    CHECK(agent::read_record(layout, record.name).value().trigger_id.size() == 63 * mebibyte);
}

TEST_CASE_METHOD(limits_fixture, "a journal leaves room for the way back before there is no other way", "[agent]")
{
    agent::journal_entry journal{.at = agent::step::ready, .carried = {std::string(33 * mebibyte, 'x')}};
    const result<void> refused = agent::write_journal(layout, journal);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code() == errc::too_large);
    CHECK_FALSE(fs::exists(layout.journal()));

    journal.rolling_back = true;
    REQUIRE(agent::write_journal(layout, journal).has_value());
    CHECK(agent::read_journal(layout).value().value().carried == journal.carried);
    journal.carried.push_back(std::string(30 * mebibyte, 'y'));
    REQUIRE(agent::write_journal(layout, journal).has_value());
    CHECK(agent::read_journal(layout).value().value().carried == journal.carried);
}
