//! A request in the hands of the server.

use super::Shared;
use crate::error::{HandleError, RpcError};
use crate::hooks::Hooks;
use crate::observer::LossReason;
use crate::server_id::ServerId;
use crate::service::Service;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A request on its way into a service.
pub(super) struct Request {
    pub(super) slot: usize,
    pub(super) id: u64,
    pub(super) callee: ServerId,
    pub(super) method: &'static str,
    pub(super) args: Vec<u8>,
    pub(super) service: Arc<dyn Service>,
    pub(super) hooks: Option<Arc<dyn Hooks>>,
}

impl Request {
    /// Hands the request to the server. To be used on the server's node, without the lock.
    pub(super) fn handle(self, network: &Arc<Shared>) {
        let Request { slot, id, callee, method, args, service, hooks } = self;
        let executing = Executing { network: Arc::clone(network), slot, id, answered: false };
        if let Some(hooks) = &hooks
            && !hooks.before_dispatch(callee, method, &args)
        {
            return executing.withhold();
        }
        // Most handlers never wait: they are done here, without a task.
        let mut context = Context::from_waker(Waker::noop());
        let (handled, polled) = runtime::doing(method, || {
            let mut handled = service.handle(method, args);
            let polled = handled.as_mut().poll(&mut context);
            (handled, polled)
        });
        let finish = move |executing: Executing, result: Result<Vec<u8>, HandleError>| {
            let sent = match (&hooks, &result) {
                (Some(hooks), Ok(reply)) => hooks.after_dispatch(callee, method, reply),
                _ => true,
            };
            if !sent {
                return executing.withhold();
            }
            executing.answer(result);
            if let Some(hooks) = &hooks {
                hooks.after_reply(callee, method);
            }
        };
        match polled {
            Poll::Ready(result) => finish(executing, result),
            Poll::Pending => {
                runtime::detach(async move { finish(executing, handled.await) });
            }
        }
    }
}

/// A request that a server has. When it is dropped without an answer (its server was killed while it
/// handled the request) the call fails.
struct Executing {
    network: Arc<Shared>,
    slot: usize,
    id: u64,
    answered: bool,
}

impl Executing {
    fn answer(mut self, result: Result<Vec<u8>, HandleError>) {
        self.answered = true;
        let mistake = {
            let mut state = self.network.state.lock();
            if !state.calls.is_executing(self.slot, self.id) {
                return;
            }
            match result {
                Ok(reply) => {
                    state.send_reply(self.slot, reply);
                    return;
                }
                Err(error) => {
                    let call = &state.calls[self.slot];
                    let Some(mistake) = error.into_mistake(call.callee, call.method) else {
                        return match call.one_way {
                            true => state.end_one_way(self.slot),
                            false => state.lose_noticed(self.slot, LossReason::Silent),
                        };
                    };
                    state.fail(self.slot, RpcError::Mistake(mistake.clone()));
                    mistake
                }
            }
        };
        self.network.report(mistake);
    }

    fn withhold(mut self) {
        self.give_up(LossReason::Hook);
    }

    fn give_up(&mut self, reason: LossReason) {
        self.answered = true;
        let mut state = self.network.state.lock();
        if state.calls.is_executing(self.slot, self.id) {
            state.lose(self.slot, reason);
        }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        if !self.answered {
            self.give_up(LossReason::Dead);
        }
    }
}
