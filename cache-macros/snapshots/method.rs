impl Users {
    async fn by_email(&self, mut email: String) -> Option<Self> {
        static __FUNCTION: ::cache::__private::Function = ::cache::__private::Function::codec(
            ::cache::__private::Function::verbose(
                ::cache::__private::Function::version(
                    ::cache::__private::Function::near(
                        ::cache::__private::Function::settle(
                            ::cache::__private::Function::jitter(
                                ::cache::__private::Function::none_ttl(
                                    ::cache::__private::Function::new(
                                        ::core::concat!(::core::module_path!(), "::", "by_email"),
                                        "user",
                                        {
                                            const __VALUE: ::core::time::Duration = TTL;
                                            __VALUE
                                        },
                                    ),
                                    {
                                        const __VALUE: ::core::time::Duration = SHORT;
                                        __VALUE
                                    },
                                ),
                                {
                                    const __VALUE: f64 = 0.1;
                                    __VALUE
                                },
                            ),
                            {
                                const __VALUE: ::core::time::Duration = LAG;
                                __VALUE
                            },
                        ),
                        {
                            const __VALUE: ::core::time::Duration = NEAR;
                            __VALUE
                        },
                    ),
                    {
                        const __VALUE: u32 = 2;
                        __VALUE
                    },
                ),
            ),
            &(Json),
        );
        let __caches = {
            let __caches: &::cache::__private::CacheManager = &(self.caches);
            ::core::clone::Clone::clone(__caches)
        };
        match ::cache::__private::attempt(
            &__caches,
            &__FUNCTION,
            ::cache::__private::Probe::<Option<Self>>::new().__shape(const { &(Json) }),
            ::cache::__private::Instance::new(
                ::core::any::type_name_of_val(&|| ()),
                &[],
                &[],
            ),
            |__key| {
                ::cache::__private::part(__key, &(self.tenant));
                ::cache::__private::part(__key, &(email.to_lowercase()));
            },
        ) {
            ::cache::__private::Attempt::Hit(__value) => __value,
            ::cache::__private::Attempt::Miss(__miss) => {
                __miss
                    .load(async move {
                        #[allow(unused_braces)]
                        let __output: Option<Self> = if false {
                            return ::cache::__private::never::<Option<Self>>();
                        } else {
                            {
                                email.push('x');
                                self.find(email).await
                            }
                        };
                        #[allow(unreachable_code)] return __output;
                    })
                    .await
            }
        }
    }
    ///Invalidates what `by_email` caches for these arguments.
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
    fn forget(&self, email: String) -> ::cache::Invalidate {
        let __caches = {
            let __caches: &::cache::__private::CacheManager = &(self.caches);
            ::core::clone::Clone::clone(__caches)
        };
        ::cache::__private::invalidate(
            &__caches,
            "user",
            {
                const __VALUE: ::core::time::Duration = LAG;
                __VALUE
            },
            true,
            |__key| {
                ::cache::__private::part(__key, &(self.tenant));
                ::cache::__private::part(__key, &(email.to_lowercase()));
            },
        )
    }
}
