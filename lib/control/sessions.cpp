#include <fleetman/control/sessions.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

namespace {

constexpr std::size_t id_bytes = 32;

} // namespace

bool sessions::over(const entry& one) const
{
    const auto now = time_.steady_now();
    return now - one.used >= limits_.idle || now - one.begun >= limits_.longest;
}

void sessions::make_room(const std::string& user)
{
    std::erase_if(all_, [this](const auto& one) { return over(one.second); });
    std::size_t count = 0;
    auto oldest = all_.end();
    for (auto one = all_.begin(); one != all_.end(); ++one) {
        if (one->second.value.user != user)
            continue;
        ++count;
        if (oldest == all_.end() || one->second.used < oldest->second.used)
            oldest = one;
    }
    if (count >= most_of_a_user)
        all_.erase(oldest);
}

sessions::begun sessions::begin(const std::string& user, std::string password_mark)
{
    make_room(user);
    secret id(random_hex(id_bytes));
    const wall_time ends = time_.now() + limits_.longest;
    const auto now = time_.steady_now();
    all_.insert_or_assign(sha256(id.reveal()), entry{{user, std::move(password_mark), ends}, now, now});
    return {std::move(id), ends};
}

std::optional<sessions::found> sessions::use(const secret& id)
{
    const auto place = all_.find(sha256(id.reveal()));
    if (place == all_.end())
        return std::nullopt;
    if (over(place->second)) {
        all_.erase(place);
        return std::nullopt;
    }
    place->second.used = time_.steady_now();
    return place->second.value;
}

std::optional<sessions::found> sessions::look(const secret& id) const
{
    const auto place = all_.find(sha256(id.reveal()));
    if (place == all_.end() || over(place->second))
        return std::nullopt;
    return place->second.value;
}

void sessions::end(const secret& id)
{
    all_.erase(sha256(id.reveal()));
}

std::string csrf_token(const secret& session_id)
{
    return to_hex(as_bytes(hmac_sha256(session_id.reveal(), "fleetman csrf")));
}

} // namespace fleetman::control
