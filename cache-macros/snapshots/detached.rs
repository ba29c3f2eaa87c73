impl Users {
    async fn load(
        &self,
        name: &str,
        by: Option<&str>,
        at: Cow<'_, str>,
    ) -> Option<User> {
        static __FUNCTION: ::two_tier_cache::__private::Function = ::two_tier_cache::__private::Function::new(
            ::core::concat!(::core::module_path!(), "::", "load"),
            "user",
            {
                const __VALUE: ::core::time::Duration = TTL;
                __VALUE
            },
        );
        let caches = ::two_tier_cache::__private::current();
        match ::two_tier_cache::__private::attempt(
            &caches,
            &__FUNCTION,
            ::two_tier_cache::__private::Probe::<Option<User>>::new()
                .__shape(&::two_tier_cache::__private::MessagePack),
            ::two_tier_cache::__private::Instance::new(
                ::core::any::type_name_of_val(&|| ()),
                &[],
            ),
            |key| {
                {
                    ::two_tier_cache::__private::part(key, &name);
                }
                {
                    ::two_tier_cache::__private::part(key, &by);
                }
                {
                    ::two_tier_cache::__private::part(key, &at);
                }
            },
        ) {
            ::two_tier_cache::__private::Attempt::Hit(value) => value,
            ::two_tier_cache::__private::Attempt::Miss(miss) => {
                let owned_this = ::two_tier_cache::__private::own::<Self>(self);
                let owned_name = ::two_tier_cache::__private::own::<str>(name);
                let owned_by = ::core::option::Option::map(
                    by,
                    ::two_tier_cache::__private::own::<str>,
                );
                let owned_at = ::two_tier_cache::__private::own_cow::<str>(at);
                miss.load_detached(
                        &caches,
                        &__FUNCTION,
                        async move {
                            let this = ::two_tier_cache::__private::lend::<
                                Self,
                            >(&owned_this);
                            let name = ::two_tier_cache::__private::lend::<
                                str,
                            >(&owned_name);
                            let by = ::core::option::Option::map(
                                ::core::option::Option::as_ref(&owned_by),
                                ::two_tier_cache::__private::lend::<str>,
                            );
                            let at = ::two_tier_cache::__private::lend_cow::<
                                str,
                            >(&owned_at);
                            let output: Option<User> = if false {
                                return ::two_tier_cache::__private::never::<Option<User>>();
                            } else {
                                { this.db.find(name, by, at).await }
                            };
                            #[allow(unreachable_code)] return output;
                        },
                    )
                    .await
            }
        }
    }
    ///Invalidates what `load` caches for these arguments.
    ///
    ///It is under way when this returns. Its keys start with `user:`.
    #[allow(clippy::unused_self)]
    #[allow(
        clippy::needless_pass_by_value,
        clippy::too_many_arguments,
        clippy::used_underscore_binding,
        dead_code,
        unused_mut,
        unused_variables
    )]
    fn invalidate_load<'key0, 'key1>(
        &self,
        name: impl ::two_tier_cache::KeyArg<str>,
        by: impl ::two_tier_cache::KeyArg<Option<&'key0 str>>,
        at: impl ::two_tier_cache::KeyArg<Cow<'key1, str>>,
    ) -> ::two_tier_cache::Invalidate
    where
        str: 'key0,
    {
        let caches = ::two_tier_cache::__private::current();
        ::two_tier_cache::__private::invalidate(
            &caches,
            "user",
            ::core::time::Duration::ZERO,
            false,
            |key| {
                {
                    ::two_tier_cache::__private::arg::<str>(key, &name);
                }
                {
                    ::two_tier_cache::__private::arg::<Option<&'key0 str>>(key, &by);
                }
                {
                    ::two_tier_cache::__private::arg::<Cow<'key1, str>>(key, &at);
                }
            },
        )
    }
}
