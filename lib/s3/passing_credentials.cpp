#include "passing_credentials.hpp"

#include <fleetman/core/log.hpp>

#include <chrono>

namespace fleetman::s3 {
namespace {

using namespace std::chrono_literals;

class kept final : public credential_source
{
public:
    static constexpr auto refreshed_before = 5min;
    static constexpr auto pause_after_failure = 1min;

    kept(credential_question ask, clock& time) : ask_(std::move(ask)), time_(time), turn_(1) {}

    task<result<credentials>> current() override
    {
        if (is_fresh())
            co_return held_->account;
        const result<semaphore::permit> alone = co_await turn_.acquire();
        if (!alone)
            co_return alone.error();
        if (is_fresh()) // whoever had the turn before has asked
            co_return held_->account;
        co_return co_await ask_again();
    }

    bool refused(const credentials& used) override
    {
        if (held_ && held_->account != used)
            return true; // they were asked for anew while that request was under way
        if (!held_ || !held_->expires)
            return false;
        // A refusal may have other reasons, and the service may be away: they are kept until there are others.
        doubted_ = true;
        return true;
    }

private:
    task<result<credentials>> ask_again()
    {
        task<result<passing_credentials>> asking = ask_();
        result<passing_credentials> told = co_await std::move(asking);
        if (told) {
            held_ = std::move(*told);
            not_before_ = {};
            doubted_ = false;
            co_return held_->account;
        }
        if (!held_ || held_->expires <= time_.now())
            co_return told.error();
        log::warning("s3", "credentials-not-refreshed", {{"reason", told.error().message()}});
        not_before_ = time_.now() + pause_after_failure;
        co_return held_->account;
    }

    bool is_fresh() const
    {
        if (!held_)
            return false;
        if (!held_->expires)
            return true;
        const wall_time now = time_.now();
        const bool due = doubted_ || *held_->expires <= now + refreshed_before;
        return !due || (*held_->expires > now && now < not_before_);
    }

    credential_question ask_;
    clock& time_;
    semaphore turn_;
    std::optional<passing_credentials> held_;
    bool doubted_ = false; // since the store refused them
    wall_time not_before_{};
};

} // namespace

std::shared_ptr<credential_source> kept_credentials(credential_question ask, clock& time)
{
    return std::make_shared<kept>(std::move(ask), time);
}

} // namespace fleetman::s3
