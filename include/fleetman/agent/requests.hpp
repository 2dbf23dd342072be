#pragma once

#include <fleetman/agent/settings.hpp>
#include <fleetman/core/clock.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an operator's command asks of the agent that runs on the same host: a file in a folder that only the agent's
// user may write to, answered by another. No port, no socket, and nothing is lost when either side ends in between.

namespace fleetman::agent {

struct request
{
    enum class kind
    {
        roll_back,
        remove
    };

    kind what = kind::roll_back;
    model::cell_id cell;
    std::string release;       // of a rollback: a release or a version
    bool forced = false;       // of a removal: without asking the bucket
    std::int64_t expires_at{}; // Unix seconds: whoever asked has given up by then
};

struct answer
{
    bool done = false;
    std::string text; // what came of it, for the operator

    bool operator==(const answer&) const = default;
};

std::string serialize(const request& value);
std::string serialize(const answer& value);
// Fail with invalid.
result<request> parse_request(std::string_view json);
result<answer> parse_answer(std::string_view json);

// `<state_directory>/requests`
std::filesystem::path requests_folder(const settings& with);

// All of these block.

// For the command. Returns the request's id; denied when this user may not ask.
result<std::string> hand_over(const settings& with, const request& wanted);
// True: the agent never saw it, and never will.
bool withdraw(const settings& with, const std::string& id);
// Nothing: there is none yet. An answer is taken once.
std::optional<answer> take_answer(const settings& with, const std::string& id);

// For the agent: what was asked since the last call, at most requests_at_once, each taken once; one that is malformed
// or not from the agent's own user or root is answered at once, and what is left over from earlier is cleared away.
inline constexpr std::size_t requests_at_once = 64;
struct taken_request
{
    std::string id;
    request wanted;
};
std::vector<taken_request> take_requests(const settings& with, wall_time now);
result<void> write_answer(const settings& with, const std::string& id, const answer& said);

} // namespace fleetman::agent
