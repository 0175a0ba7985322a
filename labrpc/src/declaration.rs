//! The declaration of typed services.

/// Declares a service once: a trait for its servers and a client for its callers.
///
/// For `trait Name, client NameClient` it makes
///
/// * `trait Name` with an async method per RPC, taking `Arc<Self>` and the decoded arguments, and with
///   `peer_disconnected`, which does nothing unless it is written
///   ([`Service::peer_disconnected`](crate::Service::peer_disconnected)),
/// * `NameClient::serve(server)`, the [`Service`](crate::Service) of such a server,
/// * `NameClient::new(end)` with a method per RPC, which takes the arguments by reference, sends
///   them at once and returns a [`TypedCall`](crate::TypedCall),
/// * a constant per RPC with its name on the wire, for code that sees requests as bytes (an
///   [`Observer`](crate::Observer), say). It is the method's name in capitals.
///
/// Arguments and replies have to print themselves (`Debug`), for those who read about a run.
///
/// The string is the method's name on the wire. The crate's documentation has a whole example.
///
/// ```
/// labrpc::service! {
///     /// Counts words.
///     pub trait Counter, client CounterClient {
///         /// How many words a text has.
///         fn count_words("Counter.CountWords", String) -> u64;
///     }
/// }
///
/// fn is_cheap(method: &str) -> bool {
///     match method {
///         CounterClient::COUNT_WORDS => false,
///         _ => true,
///     }
/// }
///
/// assert!(!is_cheap("Counter.CountWords"));
/// ```
#[macro_export]
macro_rules! service {
    (
        $(#[$trait_meta:meta])*
        $visibility:vis trait $server:ident, client $client:ident {
            $(
                $(#[$meta:meta])*
                fn $method:ident($wire:literal, $args:ty) -> $reply:ty;
            )+
        }
    ) => {
        $(#[$trait_meta])*
        $visibility trait $server: ::core::marker::Send + ::core::marker::Sync + 'static {
            $(
                $(#[$meta])*
                fn $method(
                    self: ::std::sync::Arc<Self>,
                    args: $args,
                ) -> impl ::core::future::Future<Output = $reply> + ::core::marker::Send;
            )+

            /// Over TCP: that server's connection to this one has ended.
            fn peer_disconnected(self: ::std::sync::Arc<Self>, peer: $crate::ServerId) {
                let _ = peer;
            }
        }

        #[doc = concat!("Calls a [`", stringify!($server), "`] through one end.")]
        #[derive(Clone)]
        $visibility struct $client($crate::ClientEnd);

        $crate::__paste! {
            impl $client {
                $(
                    #[doc = "The name of [`" $method "`](Self::" $method ") on the wire."]
                    #[allow(dead_code)] // Most programs name only some methods.
                    $visibility const [<$method:upper>]: &'static str = $wire;
                )+
            }
        }

        impl $client {
            /// A client over that end.
            #[allow(dead_code)] // A program may serve only.
            $visibility fn new(end: $crate::ClientEnd) -> Self {
                $client(end)
            }

            /// The service that the server gives.
            #[allow(dead_code)] // A program may call only.
            $visibility fn serve<S: $server>(
                server: ::std::sync::Arc<S>,
            ) -> ::std::sync::Arc<dyn $crate::Service> {
                struct Dispatch<S>(::std::sync::Arc<S>);

                impl<S: $server> $crate::Service for Dispatch<S> {
                    fn handle(
                        self: ::std::sync::Arc<Self>,
                        method: &'static str,
                        args: ::std::vec::Vec<u8>,
                    ) -> $crate::BoxFuture<
                        ::core::result::Result<::std::vec::Vec<u8>, $crate::HandleError>,
                    > {
                        match method {
                            $(
                                $wire => ::std::boxed::Box::pin(async move {
                                    let mut bytes = args;
                                    let args = $crate::decode(&bytes)
                                        .map_err($crate::HandleError::BadArguments)?;
                                    let server = ::std::sync::Arc::clone(&self.0);
                                    let reply = server.$method(args).await;
                                    // The request's memory serves the reply.
                                    bytes.clear();
                                    $crate::encode_into(&mut bytes, &reply)
                                        .map_err($crate::HandleError::BadReply)?;
                                    ::core::result::Result::Ok(bytes)
                                }),
                            )+
                            _ => ::std::boxed::Box::pin(::core::future::ready(
                                ::core::result::Result::Err($crate::HandleError::UnknownMethod),
                            )),
                        }
                    }

                    fn describe(
                        &self,
                        method: &str,
                        reply: bool,
                        bytes: &[u8],
                    ) -> ::core::option::Option<::std::string::String> {
                        match (method, reply) {
                            $(
                                ($wire, false) => $crate::__describe::<$args>(bytes),
                                ($wire, true) => $crate::__describe::<$reply>(bytes),
                            )+
                            _ => ::core::option::Option::None,
                        }
                    }

                    fn methods(&self) -> ::std::vec::Vec<&'static str> {
                        ::std::vec![$($wire),+]
                    }

                    fn peer_disconnected(&self, peer: $crate::ServerId) {
                        S::peer_disconnected(::std::sync::Arc::clone(&self.0), peer);
                    }
                }

                ::std::sync::Arc::new(Dispatch(server))
            }

            $(
                $(#[$meta])*
                $visibility fn $method(&self, args: &$args) -> $crate::TypedCall<$reply> {
                    self.0.typed_call($wire, args)
                }
            )+
        }
    };
}
