#include <fleetman/agent/plan.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::agent;

namespace {

const model::version v1 = model::version::parse("v1.0.0").value();
const model::version v2 = model::version::parse("v2.0.0").value();
const trigger_identity written{"etag", 1000, "id"};

struct row
{
    const char* why;
    desired_state want;
    observed_state have;
    action answer;
};

} // namespace

TEST_CASE("each trigger is acted on once", "[agent]")
{
    const std::vector<row> table{
        {"handled already", {v1, written}, {written, v1}, action::none},
        {"handled and failed: final until a new trigger", {v2, written}, {written, v1}, action::none},
        {"a new version", {v2, {"other", 1001, "id2"}}, {written, v1}, action::deploy},
        {"the same version again", {v1, {"other", 1001, "id2"}}, {written, v1}, action::deploy},
        {"rewritten within the same second", {v1, {"other", 1000, "id2"}}, {written, v1}, action::deploy},
        {"rewritten by the original with the same bytes", {v1, {"etag", 1001, ""}}, {{{"etag", 1000, ""}}, v1},
            action::deploy},
        {"nothing installed yet", {v1, written}, {std::nullopt, std::nullopt}, action::deploy},
        {"no memory, but it runs", {v1, written}, {std::nullopt, v1}, action::adopt},
        {"no memory, and another runs", {v2, written}, {std::nullopt, v1}, action::deploy},
        {"remembered by the original, same second", {v1, written}, {{{"", 1000, ""}}, v1}, action::none},
        {"remembered by the original, written since", {v1, written}, {{{"", 999, ""}}, v1}, action::deploy},
    };
    for (const row& each : table) {
        INFO(each.why);
        CHECK(plan(each.want, each.have) == each.answer);
    }
}
