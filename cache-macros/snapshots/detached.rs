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
        let __caches = ::two_tier_cache::__private::current();
        match ::two_tier_cache::__private::attempt(
            &__caches,
            &__FUNCTION,
            ::two_tier_cache::__private::Probe::<Option<User>>::new()
                .__shape(&::two_tier_cache::__private::MessagePack),
            ::two_tier_cache::__private::Instance::new(
                ::core::any::type_name_of_val(&|| ()),
                &[],
                &[],
            ),
            |__key| {
                {
                    ::two_tier_cache::__private::part(__key, &name);
                }
                {
                    ::two_tier_cache::__private::part(__key, &by);
                }
                {
                    ::two_tier_cache::__private::part(__key, &at);
                }
            },
        ) {
            ::two_tier_cache::__private::Attempt::Hit(__value) => __value,
            ::two_tier_cache::__private::Attempt::Miss(__miss) => {
                let __owned___this = ::two_tier_cache::__private::own::<Self>()(self);
                let __owned_name = ::two_tier_cache::__private::own_str()(name);
                let __owned_by = ::core::option::Option::map(
                    by,
                    ::two_tier_cache::__private::own_str(),
                );
                let __owned_at = ::two_tier_cache::__private::own_cow::<str>(at);
                let __detached = ::two_tier_cache::__private::detached::<Option<User>>();
                __detached
                    .load(
                        __miss,
                        &__caches,
                        &__FUNCTION,
                        async move {
                            #[allow(unused_variables)]
                            let __this = ::two_tier_cache::__private::lend::<
                                Self,
                            >(&__owned___this);
                            #[allow(unused_variables)]
                            let name = ::two_tier_cache::__private::lend_str(
                                &__owned_name,
                            );
                            #[allow(unused_variables)]
                            let by = ::core::option::Option::map(
                                ::core::option::Option::as_ref(&__owned_by),
                                ::two_tier_cache::__private::lend_str,
                            );
                            #[allow(unused_variables)]
                            let at = ::two_tier_cache::__private::lend_cow::<
                                str,
                            >(&__owned_at);
                            #[allow(unused_braces)]
                            let __output: Option<User> = if false {
                                return ::two_tier_cache::__private::never::<Option<User>>();
                            } else {
                                { __this.db.find(name, by, at).await }
                            };
                            #[allow(unreachable_code)] return __output;
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
        clippy::missing_errors_doc,
        clippy::missing_panics_doc,
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
        let __caches = ::two_tier_cache::__private::current();
        ::two_tier_cache::__private::invalidate(
            &__caches,
            "user",
            ::core::time::Duration::ZERO,
            false,
            |__key| {
                {
                    ::two_tier_cache::__private::arg::<str>(__key, &name);
                }
                {
                    ::two_tier_cache::__private::arg::<Option<&'key0 str>>(__key, &by);
                }
                {
                    ::two_tier_cache::__private::arg::<Cow<'key1, str>>(__key, &at);
                }
            },
        )
    }
}
